"""Card authorisations while they are being drawn: one NumPy array per column.

Belongs here: the columns, the codes they hold and moving rows about.
Does not belong here: drawing values, and Arrow tables (`tables.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any, Self

import numpy as np

from sentinel.synthetic.arrays import Booleans, Integers


class FraudPattern(IntEnum):
    """What really happened. `GENUINE` is null in the truth."""

    GENUINE = 0
    LARGE_AMOUNT = 1
    COMPROMISED_TERMINAL = 2
    CARD_NOT_PRESENT_THEFT = 3
    CARD_TESTING_BURST = 4
    IMPOSSIBLE_TRAVEL = 5


FRAUD_PATTERNS: tuple[str, ...] = tuple(
    pattern.name.lower() for pattern in FraudPattern if pattern is not FraudPattern.GENUINE
)

ENTRY_MODES = ("chip", "contactless", "magnetic_stripe", "manual", "ecommerce")
CHANNELS = ("card_present", "card_not_present", "atm")


class EntryMode(IntEnum):
    """Positions in `ENTRY_MODES`."""

    CHIP = 0
    CONTACTLESS = 1
    MAGNETIC_STRIPE = 2
    MANUAL = 3
    ECOMMERCE = 4


@dataclass(slots=True)
class Rows:
    """A table of equally long arrays; subclasses name the columns."""

    def _columns(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __len__(self) -> int:
        return len(next(iter(self._columns().values())))

    def take(self, positions: Integers | Booleans) -> Self:
        """A copy of the rows at positions (or where a mask holds)."""
        return type(self)(**{name: column[positions] for name, column in self._columns().items()})

    @classmethod
    def empty(cls) -> Self:
        """No rows; only for tables of whole numbers and booleans."""
        return cls(**{field.name: np.empty(0, dtype=np.int64) for field in fields(cls)})

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """The rows of all parts, in order."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


@dataclass(slots=True)
class Events(Rows):
    """Authorisations. Entities are positions in their populations; -1 means none.

    `at` is whole seconds since 1970 (UTC), `cents` the amount in hundredths.
    """

    customer: Integers
    card: Integers
    terminal: Integers
    category: Integers
    cents: Integers
    at: Integers
    entry_mode: Integers
    device: Integers
    ip: Integers
    pattern: Integers


@dataclass(slots=True)
class Deliveries(Events):
    """Versions of authorisations as handed over; `ingested` is microseconds since 1970."""

    number: Integers
    ingested: Integers

    @classmethod
    def of(cls, events: Events, number: Integers, ingested: Integers) -> Deliveries:
        """Deliveries of events, one each."""
        columns = {field.name: getattr(events, field.name) for field in fields(Events)}
        return cls(**columns, number=number, ingested=ingested)
