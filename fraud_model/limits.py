"""What a series may be next, by what it was.

Belongs here: limits that follow the series. Does not belong here: which series there are; see
`monitoring` and `health`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HISTORY = 28
"""Values that count: four weeks, so that every kind of day is among them four times."""
LEAST_HISTORY = 7
"""Of fewer values nothing can be said."""
BEYOND_EXTREMES = 4.0
_BEYOND_MEDIAN = 5.0
_DEVIATIONS = 1.4826
"""Standard deviations in a median absolute deviation of normal values."""


@dataclass(frozen=True)
class Limits:
    """What is as usual, both ends included."""

    lower: float
    upper: float

    def holds(self, value: float) -> bool:
        """Whether a value is as usual."""
        return self.lower <= value <= self.upper


def day_limits(
    history: Sequence[float], noise: float = 0.0, deviations: float = BEYOND_EXTREMES
) -> Limits | None:
    """Four standard deviations beyond the least and the greatest of the last 28 days.

    From the extremes and not from the middle, because days of one kind, Sundays say, may be far
    from the others and are usual all the same.

    Args:
        history: earlier values, oldest first; those that were out of limits are left out by who
            calls, so that what has gone wrong does not become usual.
        noise: standard deviation that counting alone gives the next value: a series that stood
            still may move by so much.
        deviations: how many, if not four.

    Returns:
        The limits; None with fewer than seven values.
    """
    values = np.asarray(history[-HISTORY:], dtype=np.float64)
    if len(values) < LEAST_HISTORY:
        return None
    beyond = deviations * max(float(values.std(ddof=1)), noise)
    return Limits(float(values.min()) - beyond, float(values.max()) + beyond)


def week_limits(history: Sequence[float], noise: float) -> Limits | None:
    """Five deviations about the median of the last 28 weeks, which may overlap.

    Every week has every kind of day, so that the middle is what is usual. Weeks that overlap move
    less than weeks do: the noise of counting is what they cannot understate.

    Args:
        history: as for `day_limits`.
        noise: likewise.

    Returns:
        The limits; None with fewer than seven values.
    """
    values = np.asarray(history[-HISTORY:], dtype=np.float64)
    if len(values) < LEAST_HISTORY:
        return None
    median = float(np.median(values))
    spread = max(_DEVIATIONS * float(np.median(np.abs(values - median))), noise)
    return Limits(median - _BEYOND_MEDIAN * spread, median + _BEYOND_MEDIAN * spread)
