"""When customers and terminals change: who, on which day, at which second, and how.

Belongs here: planning changes for the whole period, the same way for every kind of entity.
Does not belong here: what a change does (`customers.py`, `terminals.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sentinel.synthetic.arrays import SECONDS_PER_DAY, Integers
from sentinel.synthetic.events import Rows

_CHANGED_AGAIN_SHARE = 0.25


@dataclass(slots=True)
class Changes(Rows):
    """Planned changes; no entity changes twice on one day. `partner` is -1 where there is none."""

    entity: Integers
    day: Integers
    second: Integers
    kind: Integers
    partner: Integers

    def of_day(self, day: int) -> Changes:
        """The changes of one day; the plan must be in order of day."""
        low, high = np.searchsorted(self.day, [day, day + 1])
        return self.take(np.arange(low, high))


def plan_first_changes(
    random: np.random.Generator,
    population: int,
    rate: float,
    days: int,
    kind_weights: Sequence[float],
) -> Changes:
    """One change each for a share of the population, never on the first day."""
    size = round(rate * population) if days > 1 else 0
    return Changes(
        entity=random.choice(population, size=size, replace=False),
        day=random.integers(1, max(days, 2), size),
        second=random.integers(0, SECONDS_PER_DAY, size),
        kind=random.choice(len(kind_weights), size=size, p=kind_weights),
        partner=np.full(size, -1),
    )


def with_second_changes(
    random: np.random.Generator, first: Changes, days: int, kind: int, final_kind: int
) -> Changes:
    """The plan in order of day, some entities changing once more, in the way of `kind`.

    Entities whose first change was of the `final_kind` (a deletion) do not change again.
    """
    size = len(first)
    day = first.day + random.integers(1, max(days, 2), size)
    again = random.random(size) < _CHANGED_AGAIN_SHARE
    again &= (day < days) & (first.kind != final_kind)
    second = Changes(
        entity=first.entity[again],
        day=day[again],
        second=random.integers(0, SECONDS_PER_DAY, size)[again],
        kind=np.full(int(again.sum()), kind),
        partner=np.full(int(again.sum()), -1),
    )
    plan = Changes.concatenate([first, second])
    return plan.take(np.lexsort((plan.entity, plan.second, plan.day)))
