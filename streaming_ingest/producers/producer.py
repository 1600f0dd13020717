"""A producer: takes records one by one and gets them into a stream.

Belongs here: when records are sent, sent again, spooled and drained. Does not belong here: which
records may go together (`send_queue`), and how they lie on disk (`spool`).

A record is in one of three places, and of one key always in this order: offered to the service,
spooled, taken but not yet durable. While the service answers the second is empty. When the circuit
opens, everything that waits goes to the spool, and so does what comes until the spool is drained.
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import structlog

from streaming_ingest.producers.circuit_breaker import CircuitBreaker, CircuitState
from streaming_ingest.producers.send_queue import Entry, SendQueue, record_size
from streaming_ingest.producers.spool import Spool, SpoolFullError
from streaming_ingest.streams import THROTTLED, Outgoing, StreamError, StreamWriter

_LEAST_PAUSE = 0.02  # seconds: records whose pauses end one by one go together

log = structlog.get_logger(__name__)


class ProducerError(StreamError):
    """A producer cannot take a record."""


class RecordTooLargeError(ProducerError):
    """A record is larger than the stream takes."""


@dataclass(frozen=True)
class Retrying:
    """Exponential back-off with full jitter: a random time up to a bound that doubles.

    Attributes:
        first_seconds: bound of the first pause.
        most_seconds: bound of every pause.
        most_attempts: calls that may refuse a record before the circuit opens.
    """

    first_seconds: float = 0.1
    most_seconds: float = 10.0
    most_attempts: int = 10


@dataclass(frozen=True)
class Counters:
    """What became of records so far.

    Attributes:
        sent: acknowledged by the service, drained ones included.
        retried: times a record was sent again.
        throttled: times the service asked for less.
        spooled: written to the spool.
        drained: of the sent, those that came from the spool.
        refused: too large, not taken.
    """

    sent: int = 0
    retried: int = 0
    throttled: int = 0
    spooled: int = 0
    drained: int = 0
    refused: int = 0


class Producer:
    """Sends records to a stream; may be used by several threads.

    Order within a key is the order of `put`. A record is sent again until it is acknowledged, so
    one whose acknowledgement was lost arrives twice; one that was acknowledged is never sent again.
    What `put` took is in memory until `flush` returns: then it is acknowledged or durable.

    Args:
        writer: the stream.
        spool: where records wait while the service is down; what it holds is sent first.
        is_atomic: whether one call is taken whole or not at all, in order: several records of a
            key may then go with one call.
        linger_seconds: how long a record may wait for others to fill a call. None: until the call
            is full, or `flush`.
        most_waiting_records: records in memory from which on `put` blocks.
        most_waiting_bytes: bytes in memory from which on `put` blocks.
        put_timeout_seconds: how long it blocks before it raises.
    """

    def __init__(
        self,
        writer: StreamWriter,
        spool: Spool,
        *,
        is_atomic: bool = False,
        linger_seconds: float | None = 0.2,
        most_waiting_records: int = 10_000,
        most_waiting_bytes: int = 32 * 2**20,
        put_timeout_seconds: float = 60.0,
        retrying: Retrying | None = None,
        breaker: CircuitBreaker | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._writer, self._spool = writer, spool
        self._most_records, self._most_bytes = most_waiting_records, most_waiting_bytes
        self._put_timeout, self._linger = put_timeout_seconds, linger_seconds
        self._retrying = retrying or Retrying()
        self._breaker = breaker or CircuitBreaker(clock=clock)
        self._clock, self._sleep, self._uniform = clock, sleep, uniform
        self._queue = SendQueue(is_atomic)
        self._taken: list[Outgoing] = []
        self._taken_bytes = 0
        self._taken_since = 0.0
        self._number = 0
        self._counters = Counters()
        self._lock = threading.RLock()
        self._is_closed = threading.Event()
        self._failure: Exception | None = None
        self._thread: threading.Thread | None = None
        if linger_seconds is not None:
            self._thread = threading.Thread(target=self._send_lingering, daemon=True)
            self._thread.start()

    @property
    def counters(self) -> Counters:
        """What became of records so far."""
        return self._counters

    @property
    def state(self) -> CircuitState:
        """Whether the service is being called."""
        return self._breaker.state

    def put(self, key: str, data: bytes) -> None:
        """Takes a record; blocks while too many wait.

        Raises:
            RecordTooLargeError: when the stream does not take records of this size.
            ProducerError: when there was no room for it in time, or the producer is closed.
            SpoolError: when the spool cannot be written. In each case it was not taken.
        """
        record = Outgoing(key, data)
        size = record_size(record)
        if size > self._writer.most_record_bytes:
            with self._lock:
                self._count(refused=1)
            raise RecordTooLargeError(
                f"a record of {size:,} bytes, key included, is larger than the "
                f"{self._writer.most_record_bytes:,} that stream {self._writer.name} takes: it was "
                "not taken; split it, or land it in batches."
            )
        with self._lock:
            self._check_usable()
            if self._is_call_full() or self._has_lingered():
                self._advance()
            self._make_room(size)
            if not self._taken:
                self._taken_since = self._clock()
            self._taken.append(record)
            self._taken_bytes += size

    def flush(self) -> None:
        """Returns when everything taken is acknowledged by the service or durable in the spool.

        Raises:
            SpoolError: when the service is down and the spool cannot be written; the records are
                still in memory.
        """
        with self._lock:
            self._check_usable()
            while self._taken or self._is_in_memory_only:
                if not self._advance(is_flushing=True):
                    self._pause()
            self._advance()

    def drain(self) -> bool:
        """Sends what is spooled as long as the service takes it.

        Returns:
            True when the spool is empty.
        """
        with self._lock:
            self._check_usable()
            while len(self._spool) and self.state is not CircuitState.OPEN:
                if not self._advance(is_flushing=True):
                    self._pause()
            return not len(self._spool)

    def close(self) -> None:
        """Flushes and frees the spool; what is spooled is sent by the next producer on it."""
        if self._is_closed.is_set():
            return
        try:
            self.flush()
        finally:
            self._is_closed.set()
            if self._thread is not None:
                self._thread.join()
            self._spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check_usable(self) -> None:
        if self._is_closed.is_set():
            raise ProducerError(f"the producer for {self._writer.name} is closed: open another.")
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def _send_lingering(self) -> None:
        """The thread that sends what waited long enough, failed or is spooled."""
        assert self._linger is not None
        while not self._is_closed.wait(self._linger / 2):
            with self._lock:
                try:
                    if self._has_lingered() or len(self._queue) or len(self._spool):
                        self._advance()
                except Exception as error:  # noqa: BLE001 (the next put or flush raises it)
                    self._failure = error

    def _make_room(self, size: int) -> None:
        """Sends until there is room in memory for one more record."""
        give_up_at = self._clock() + self._put_timeout
        while self._is_full(size):
            full: SpoolFullError | None = None
            try:
                has_advanced = self._advance(is_flushing=True)
            except SpoolFullError as error:
                has_advanced, full = False, error
            if has_advanced:
                continue
            if self._clock() >= give_up_at:
                raise ProducerError(
                    f"stream {self._writer.name} did not take records for "
                    f"{self._put_timeout:.0f} s and {self._waiting_count():,} wait: this one was "
                    "not taken; put it again later, or allow more to wait or to be spooled."
                ) from full
            self._pause()

    def _is_full(self, size: int) -> bool:
        waiting_bytes = self._taken_bytes + self._queue.size_bytes * self._is_in_memory_only
        return self._waiting_count() >= self._most_records or (
            self._waiting_count() > 0 and waiting_bytes + size > self._most_bytes
        )

    def _waiting_count(self) -> int:
        return len(self._taken) + len(self._queue) * self._is_in_memory_only

    def _is_call_full(self) -> bool:
        return (
            len(self._taken) >= self._writer.most_records
            or self._taken_bytes >= self._writer.most_bytes
        )

    def _has_lingered(self) -> bool:
        if not self._taken or self._linger is None:
            return False
        return self._clock() - self._taken_since >= self._linger

    @property
    def _is_in_memory_only(self) -> bool:
        """Whether the records offered to the service are not in the spool."""
        return len(self._queue) > 0 and not len(self._spool)

    def _pause(self) -> None:
        """Sleeps until something can be done again."""
        at = self._queue.next_at()
        until = 0.0 if at is None else max(0.0, at - self._clock())
        self._sleep(max(until, self._breaker.wait_seconds(), _LEAST_PAUSE))

    def _advance(self, is_flushing: bool = False) -> bool:
        """Takes one step: spools or queues what was taken, and makes one call if one is due.

        Returns:
            Whether anything was done.

        Raises:
            SpoolFullError: when the spool is full and the service is down.
        """
        try:
            has_moved = self._place_taken(is_flushing)
        except SpoolFullError:
            if self.state is CircuitState.OPEN:
                raise
            has_moved = False  # what is sent below makes room
        if self.state is CircuitState.OPEN:
            return has_moved
        self._load_spooled()
        batch = self._queue.offered(self._clock(), self._writer)
        if not batch:
            return has_moved
        self._send(batch)
        return True

    def _place_taken(self, is_flushing: bool) -> bool:
        """Moves what was taken to where its turn is; True when something was moved."""
        if not len(self._spool) and self.state is not CircuitState.OPEN:
            for record in self._taken:
                self._enqueue(record)
            has_moved = bool(self._taken)
        else:
            is_due = is_flushing or self._is_call_full() or self._has_lingered()
            has_moved = (is_due or self._is_in_memory_only) and self._spool_all()
            if not has_moved:
                return False
        self._taken, self._taken_bytes = [], 0
        return has_moved

    def _spool_all(self) -> bool:
        """Makes everything durable that is not; True when there was something."""
        offered = self._queue.entries() if self._is_in_memory_only else []
        records = [*(entry.record for entry in offered), *self._taken]
        if not records:
            return False
        self._spool.append(records)
        self._count(spooled=len(records))
        if offered:
            self._queue.clear()
        return True

    def _enqueue(self, record: Outgoing, position: int | None = None) -> None:
        self._number += 1
        self._queue.add(Entry(self._number, record, position))

    def _load_spooled(self) -> None:
        """Offers the spool's next records when few are offered."""
        if len(self._queue) >= self._writer.most_records or not len(self._spool):
            return
        for spooled in self._spool.read(self._writer.most_records, self._most_bytes // 2):
            self._enqueue(spooled.record, spooled.position)

    def _send(self, batch: list[Entry]) -> None:
        self._count(retried=sum(entry.attempts > 0 for entry in batch))
        try:
            errors = self._writer.send([entry.record for entry in batch]).errors
        except StreamError as error:
            log.warning("call failed", stream=self._writer.name, error=str(error))
            errors = ("CallFailed",) * len(batch)
        except BaseException:
            self._queue.settle([], [(entry, self._clock()) for entry in batch])
            raise
        taken = [entry for entry, error in zip(batch, errors, strict=True) if error is None]
        refused = [entry for entry, error in zip(batch, errors, strict=True) if error is not None]
        for entry in batch:
            entry.attempts += 1
        held = [(entry, self._clock() + self._back_off(entry)) for entry in refused]
        self._queue.settle(taken, held)
        drained = [entry.position for entry in taken if entry.position is not None]
        throttled = sum(error in THROTTLED for error in errors)
        self._count(sent=len(taken), throttled=throttled, drained=len(drained))
        self._judge(len(taken) + throttled > 0, refused)
        if drained:
            self._spool.acknowledge(drained)

    def _judge(self, has_answered: bool, refused: list[Entry]) -> None:
        """Tells the circuit breaker what a call says about the service."""
        if has_answered:
            self._breaker.succeeded()
        else:
            self._breaker.failed()
        if any(entry.attempts >= self._retrying.most_attempts for entry in refused):
            self._breaker.open()
        if self.state is CircuitState.OPEN:
            self._queue.release()
            for entry in self._queue.entries():
                entry.attempts = 0

    def _back_off(self, entry: Entry) -> float:
        bound = self._retrying.first_seconds * 2.0 ** (entry.attempts - 1)
        return self._uniform(0.0, min(self._retrying.most_seconds, bound))

    def _count(self, **more: int) -> None:
        now = self._counters
        changed = {name: getattr(now, name) + count for name, count in more.items()}
        self._counters = replace(now, **changed)
