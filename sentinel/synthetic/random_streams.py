"""Random number streams: one independent stream per concern and day.

Belongs here: the list of streams and how a generator is seeded from it.
Does not belong here: what is drawn from a stream.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """One concern. The numbers are part of the seed: changing one changes the data."""

    CUSTOMERS = 1
    TERMINALS = 2
    CUSTOMER_CHANGES = 3
    TERMINAL_CHANGES = 4
    FRAUD_PLAN = 5
    BEHAVIOUR = 6
    FRAUD = 7
    REPORTS = 8
    DELIVERY = 9
    MALFORMED = 10


def random_stream(seed: int, stream: Stream, day: int = 0) -> np.random.Generator:
    """The generator of one stream on one day of the period.

    Streams are independent, so that setting a delivery rate leaves the transactions as they are.
    """
    return np.random.default_rng(np.random.SeedSequence([seed, int(stream), day]))
