"""When to leave a service that does not answer alone, and when to ask it again.

Belongs here: the three states and what leads from one to another. Does not belong here: what
becomes of records meanwhile.
"""

import time
from collections.abc import Callable
from enum import StrEnum

import structlog

log = structlog.get_logger(__name__)


class CircuitState(StrEnum):
    """Closed: calls go through. Open: none does. Half-open: one does, and decides."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitBreaker:
    """Opens after failures in a row, lets one call through after a while, closes on success.

    Args:
        most_failures: failed calls in a row that open it.
        open_seconds: how long it stays open before a call is tried.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        most_failures: int = 3,
        open_seconds: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_failures, self._open_seconds, self._clock = most_failures, open_seconds, clock
        self._failures = 0
        self._opened_at: float | None = None

    @property
    def state(self) -> CircuitState:
        """The state now."""
        if self._opened_at is None:
            return CircuitState.CLOSED
        return CircuitState.OPEN if self.wait_seconds() > 0 else CircuitState.HALF_OPEN

    def wait_seconds(self) -> float:
        """Seconds until a call may be tried; 0 when one may be tried now."""
        if self._opened_at is None:
            return 0.0
        return max(0.0, self._opened_at + self._open_seconds - self._clock())

    def succeeded(self) -> None:
        """A call was answered: the circuit is closed."""
        if self._opened_at is not None:
            log.info("circuit closed")
        self._failures, self._opened_at = 0, None

    def failed(self) -> None:
        """A call was not answered."""
        self._failures += 1
        if self._opened_at is not None or self._failures >= self._most_failures:
            self.open()

    def open(self) -> None:
        """Opens the circuit, or keeps it open for another while."""
        if self._opened_at is None:
            log.warning("circuit opened", open_seconds=self._open_seconds)
        self._opened_at = self._clock()
