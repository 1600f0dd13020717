"""How transactions reach the landing folder: late, twice, or wrong first and corrected later.

Belongs here: the versions delivered of each transaction and when they are ingested.
Does not belong here: what happened (the events are given, and are the last version).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from sentinel.synthetic.arrays import (
    MICROSECONDS_PER_DAY,
    MICROSECONDS_PER_SECOND,
    Booleans,
    Integers,
)
from sentinel.synthetic.events import Deliveries, Events
from sentinel.synthetic.random_streams import Stream, random_stream
from sentinel.synthetic.world import World

_FASTEST_MICROSECONDS = 200_000
_USUAL_MICROSECONDS = 4_000_000
_HOUR = MICROSECONDS_PER_DAY // 24
_TIME_ERROR_SECONDS = 20 * 3_600
_AMOUNT_ONLY_SHARE = 0.55
_OTHER_ERROR_SHARE = 0.15
_RESENT_AT_ONCE_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class DeliveredDay:
    """All deliveries of the transactions of one day, whenever they are ingested.

    `versions` and `rows` count deliveries of each transaction; `known_at` is the latest time any
    version gives for it (seconds since 1970), before which nobody reports it.
    """

    deliveries: Deliveries
    versions: Integers
    rows: Integers
    known_at: Integers
    counts: Counter[str]


def deliver(world: World, day: int, events: Events, number: Integers) -> DeliveredDay:
    """Deliver a day's transactions. The version ingested last is the given one, the truth."""
    config = world.config
    random = random_stream(config.seed, Stream.DELIVERY, day)
    size = len(events)
    late = random.random(size) < config.late_rate
    first = events.at * MICROSECONDS_PER_SECOND + _delays(
        random, late, config.maximum_lateness_days
    )
    limit = events.at * MICROSECONDS_PER_SECOND
    limit = limit + config.maximum_lateness_days * MICROSECONDS_PER_DAY
    corrected = random.random(size) < config.correction_rate
    wrong = Deliveries.of(events, number, first).take(corrected)
    _make_wrong(world, random, wrong)
    last = first.copy()
    last[corrected] = _later(random, wrong.ingested, limit[corrected], MICROSECONDS_PER_SECOND)
    right = Deliveries.of(events, number, last)
    repeated = random.random(size) < config.duplicate_rate
    repeats, repeated_right = _repeat(
        random, right, wrong, corrected=corrected, repeated=repeated, limit=limit
    )
    known_at = events.at.copy()
    known_at[corrected] = np.maximum(known_at[corrected], wrong.at)
    return DeliveredDay(
        deliveries=Deliveries.concatenate([wrong, right, repeats, repeated_right]),
        versions=1 + corrected.astype(np.int64),
        rows=1 + corrected.astype(np.int64) + repeated,
        known_at=known_at,
        counts=Counter(
            late=int(late.sum()),
            corrections=int(corrected.sum()),
            duplicates=int(repeated.sum()),
        ),
    )


def _delays(random: np.random.Generator, late: Booleans, maximum_days: int) -> Integers:
    """Microseconds from the transaction to its first delivery.

    Late ones leave an hour before the maximum, in which a correction can still follow.
    """
    usual = _FASTEST_MICROSECONDS + random.exponential(_USUAL_MICROSECONDS, len(late))
    longest = (maximum_days - 1) * MICROSECONDS_PER_DAY - _HOUR
    by_days = MICROSECONDS_PER_DAY + random.random(len(late)) ** 2 * longest
    return np.where(late, by_days, usual).astype(np.int64)


def _later(random: np.random.Generator, since: Integers, limit: Integers, soonest: int) -> Integers:
    """Times after `since`, sooner rather than later, none after the limit."""
    wait = (random.random(len(since)) ** 2 * (limit - since)).astype(np.int64)
    return since + np.maximum(wait, soonest)


def _make_wrong(world: World, random: np.random.Generator, wrong: Deliveries) -> None:
    """Falsify first versions in place: always the amount, at times customer, terminal or time."""
    size = len(wrong)
    factor = random.choice([0.1, 0.5, 0.9, 1.1, 2.0, 10.0], size=size)
    amount = np.maximum((wrong.cents * factor).astype(np.int64), 1)
    wrong.cents = amount + (amount == wrong.cents)
    kind = random.choice(4, size=size, p=[_AMOUNT_ONLY_SHARE, *[_OTHER_ERROR_SHARE] * 3])
    customers = np.flatnonzero(~world.customers.is_deleted)
    if len(customers):
        other = customers[random.integers(0, len(customers), size)]
        wrong.customer = np.where(kind == 1, other, wrong.customer)
    terminals = world.terminals
    city, position = terminals.city[wrong.terminal], random.integers(0, 2**31, size)
    neighbour = np.where(
        terminals.is_online[wrong.terminal],
        terminals.online.choose(city, position),
        terminals.physical.choose(city, position),
    )
    wrong.terminal = np.where(kind == 2, neighbour, wrong.terminal)
    wrong.category = np.where(kind == 2, terminals.category[neighbour], wrong.category)
    shift = random.integers(-_TIME_ERROR_SECONDS, _TIME_ERROR_SECONDS + 1, size)
    period_end = world.midnight(world.config.days) - 1
    shifted = np.clip(wrong.at + shift, world.midnight(0), period_end)
    wrong.at = np.where(kind == 3, shifted, wrong.at)
    soonest = wrong.at * MICROSECONDS_PER_SECOND + _FASTEST_MICROSECONDS
    wrong.ingested = np.maximum(wrong.ingested, soonest)


def _repeat(
    random: np.random.Generator,
    right: Deliveries,
    wrong: Deliveries,
    *,
    corrected: Booleans,
    repeated: Booleans,
    limit: Integers,
) -> tuple[Deliveries, Deliveries]:
    """Repeats of wrong and of right versions.

    A wrong version is repeated only together with itself, so that the truth stays last.
    """
    of_wrong = corrected & repeated & (random.random(len(right)) < 0.5)
    wrong_again = wrong.take(of_wrong[corrected])
    of_right = repeated & ~of_wrong
    right_again = right.take(of_right)
    at_once = random.random(len(right_again)) < _RESENT_AT_ONCE_SHARE
    resent = _later(random, right_again.ingested, limit[of_right], 0)
    right_again.ingested = np.where(at_once, right_again.ingested, resent)
    return wrong_again, right_again
