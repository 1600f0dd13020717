"""The near-real-time loop: deliver what has come, build what it touches, again and again.

Belongs here: the order of the steps and what is counted. Does not belong here: how records are
delivered, how models are built, and how the counts are shown.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from sentinel.ledger import utc_now
from streaming_ingest.delivery import DeliveredBatch, Delivery
from streaming_ingest.micro_batch import Built, Checked, MicroBatchError

_LAG_SAMPLES = 200_000
_RATE_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 60.0

log = structlog.get_logger(__name__)


class Builder(Protocol):
    """Takes delivered batches into the warehouse."""

    def build(self) -> Built:
        """Takes in everything that waits; raises MicroBatchError."""

    def check(self) -> Sequence[Checked]:
        """Runs the data tests that a running stream can afford; raises MicroBatchError."""


class Reporter(Protocol):
    """Is told what the loop does; every package may bring one."""

    def delivered(self, row_counts: Mapping[str, int], quarantined_count: int) -> None:
        """Records that reached the lake since the last time, by dataset, and those rejected."""

    def built(self, built: Built) -> None:
        """A micro-batch that succeeded."""

    def checked(self, results: Sequence[Checked]) -> None:
        """The results of the data tests."""


@dataclass
class Progress:
    """What has happened since the runner started.

    Attributes:
        record_count: records taken from the streams, good and bad.
        quarantined_count: those of them that were rejected.
        batch_count: batches committed.
        waiting_count: records that are delivered and not yet in the marts.
        buffered_count: records read from the stream and not yet delivered.
        lags: seconds from a record's arrival in the stream to its place in the marts, latest last.
        built: the latest micro-batch.
        failed_tests: data tests that failed when they were last run; None: not run yet.
        failure: why the latest micro-batch failed, None if it did not.
    """

    record_count: int = 0
    quarantined_count: int = 0
    batch_count: int = 0
    waiting_count: int = 0
    buffered_count: int = 0
    lags: deque[float] = field(default_factory=lambda: deque(maxlen=_LAG_SAMPLES))
    built: Built | None = None
    failed_tests: tuple[str, ...] | None = None
    failure: str | None = None
    _arrivals: deque[tuple[float, int]] = field(default_factory=deque)

    def took(self, batch: DeliveredBatch, at: float) -> None:
        """Counts a delivered batch at a time of the clock that `rate` asks with."""
        done = batch.delivered
        count = done.delivered_row_count + done.quarantined_row_count
        self.record_count += count
        self.quarantined_count += done.quarantined_row_count
        self.batch_count += 1
        self._arrivals.append((at, count))

    def rate(self, now: float) -> float:
        """Records a second over the last ten seconds."""
        while self._arrivals and now - self._arrivals[0][0] > _RATE_SECONDS:
            self._arrivals.popleft()
        return sum(count for _, count in self._arrivals) / _RATE_SECONDS

    def lag(self, share: float) -> float | None:
        """The lag that this share of the latest records did not exceed, in seconds."""
        if not self.lags:
            return None
        ordered = sorted(self.lags)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


class Runner:
    """Keeps the near-real-time models current with the streams.

    A micro-batch that fails is tried again after a pause that doubles up to a minute; delivery goes
    on meanwhile, and the next micro-batch takes in everything that waits.

    Args:
        deliveries: one for each stream.
        builder: what takes batches into the warehouse.
        reporters: told what was delivered, built and tested.
        check_seconds: so many seconds from one run of the data tests to the next; 0: never.
        is_waiting: whether the lake holds batches that the models have not taken, from before.
        clock: UTC time, for lags. monotonic: seconds, for rates and pauses.
    """

    def __init__(
        self,
        deliveries: Sequence[Delivery],
        builder: Builder,
        reporters: Sequence[Reporter] = (),
        check_seconds: float = 0,
        is_waiting: bool = True,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deliveries, self._builder = deliveries, builder
        self._clock, self._monotonic = clock, monotonic
        self._reporters, self._is_waiting = reporters, is_waiting
        self._check_seconds, self._checked_at = check_seconds, monotonic()
        self._arrivals: list[datetime] = []
        self._pause, self._not_before = 0.0, 0.0
        self.progress = Progress()

    def step(self, is_last: bool = False) -> bool:
        """Delivers what is due and builds if anything waits.

        Args:
            is_last: deliver what is buffered although it is not due.

        Returns:
            Whether there was anything to do.
        """
        delivered: list[DeliveredBatch] = []
        for delivery in self._deliveries:
            delivered += delivery.poll()
            if is_last:
                delivered += delivery.flush()
        for batch in delivered:
            self.progress.took(batch, self._monotonic())
            self._arrivals += batch.arrivals
        self._tell_delivered(delivered)
        self.progress.buffered_count = sum(each.buffered_count for each in self._deliveries)
        self._is_waiting = self._is_waiting or bool(delivered)
        self.progress.waiting_count = len(self._arrivals)
        if self._is_waiting and (is_last or self._monotonic() >= self._not_before):
            self._build()
            if self._is_check_due():
                self._check()
            return True
        return bool(delivered)

    def _tell_delivered(self, batches: Sequence[DeliveredBatch]) -> None:
        row_counts: Counter[str] = Counter()
        for batch in batches:
            row_counts[batch.dataset] += batch.delivered.delivered_row_count
        quarantined = sum(batch.delivered.quarantined_row_count for batch in batches)
        for each in self._reporters if batches else ():
            each.delivered(row_counts, quarantined)

    def _is_check_due(self) -> bool:
        """Only after a micro-batch: what nobody changed need not be tested again."""
        is_old = self._monotonic() - self._checked_at >= self._check_seconds
        return bool(self._check_seconds) and is_old and self.progress.failure is None

    def _check(self) -> None:
        self._checked_at = self._monotonic()
        try:
            results = self._builder.check()
        except MicroBatchError as error:
            log.error("data tests failed to run", error=str(error))
            return
        failed = tuple(each.test for each in results if not each.is_passed)
        if failed:
            log.error("data tests failed", tests=failed)
        self.progress.failed_tests = failed
        for each in self._reporters:
            each.checked(results)

    def _build(self) -> None:
        try:
            built = self._builder.build()
        except MicroBatchError as error:
            self._pause = min(max(1.0, self._pause * 2), _LONGEST_PAUSE_SECONDS)
            self._not_before = self._monotonic() + self._pause
            self.progress.failure = str(error)
            log.error("micro-batch failed", error=str(error), retry_in_seconds=self._pause)
            return
        now = self._clock()
        self.progress.lags.extend((now - at).total_seconds() for at in self._arrivals)
        self.progress.built, self.progress.failure = built, None
        self._arrivals, self._is_waiting, self._pause = [], False, 0.0
        self.progress.waiting_count = 0
        for each in self._reporters:
            each.built(built)
