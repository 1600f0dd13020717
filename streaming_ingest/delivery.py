"""Delivery from a stream into the lake: Firehose's work, on one machine.

Belongs here: buffering a shard's records and delivering each buffer as one batch. Does not belong
here: writing and committing a batch; see `sentinel.delivery`.

How far a shard has been read is part of each commit (`Extract.resume_cursor`), so progress can be
neither ahead of the lake nor behind it: whoever starts again goes on after the last committed
record, and what was read but not committed is read again.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from sentinel.contracts import Contract
from sentinel.delivery import Delivered, deliver
from sentinel.errors import LedgerConflictError
from sentinel.lake import Lake
from sentinel.ledger import Extract, Ledger, LedgerEntry, utc_now
from sentinel.transform import Arriving, Tokeniser
from streaming_ingest.decoding import decode
from streaming_ingest.streams import StreamError, StreamReader, StreamRecord

MAPPING = "stream"
_BATCH_ID = re.compile(r"(?P<feed>.+)-(?P<sequence>\d{20,})")
_MOST_PER_READ = 10_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Buffering:
    """When a buffer is delivered: whichever comes first, as in Firehose.

    Attributes:
        records: so many records.
        size_bytes: so many bytes of records.
        seconds: so many seconds after its first record arrived in the stream.
    """

    records: int = 50_000
    size_bytes: int = 64 * 2**20
    seconds: float = 5.0


@dataclass(frozen=True)
class DeliveredBatch:
    """What became of one buffer, and when each of its records had arrived in the stream."""

    dataset: str
    delivered: Delivered
    arrivals: list[datetime]


@dataclass
class _Shard:
    """One shard: what is buffered, and what has been read."""

    name: str
    read_until: str | None
    waiting: list[StreamRecord] = field(default_factory=list)
    size_bytes: int = 0
    since: datetime | None = None


class Delivery:
    """Delivers one stream into one dataset. One instance at a time for a stream; see
    `sentinel.process_lock`.

    Args:
        lake: where to.
        contract: of the dataset that the stream carries.
        reader: the stream.
        tokeniser: for what is personal.
        buffering: when a buffer is full.
        clock: tells UTC time.
    """

    def __init__(
        self,
        lake: Lake,
        contract: Contract,
        reader: StreamReader,
        tokeniser: Tokeniser,
        buffering: Buffering | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._lake, self._contract, self._reader = lake, contract, reader
        self._tokeniser, self._clock = tokeniser, clock
        self._buffering = buffering or Buffering()
        self._shards: dict[str, _Shard] = {}
        self._committed = committed_sequences(lake, contract.dataset, reader.name)

    def poll(self) -> list[DeliveredBatch]:
        """Reads what has come and delivers every buffer that is full or old enough."""
        done: list[DeliveredBatch | None] = []
        for name in self._reader.shards():
            if name not in self._shards:
                self._shards[name] = _Shard(name, self._committed.get(name))
            shard = self._shards[name]
            while self._read(shard):
                if self._is_full(shard):
                    done.append(self._deliver(shard))
            if self._is_due(shard):
                done.append(self._deliver(shard))
        return [batch for batch in done if batch]

    def flush(self) -> list[DeliveredBatch]:
        """Delivers what is buffered, full or not."""
        done = [self._deliver(shard) for shard in self._shards.values() if shard.waiting]
        return [batch for batch in done if batch]

    @property
    def buffered_count(self) -> int:
        """Records that have been read and not delivered."""
        return sum(len(shard.waiting) for shard in self._shards.values())

    def _read(self, shard: _Shard) -> bool:
        room = self._buffering.records - len(shard.waiting)
        records = self._reader.read(shard.name, shard.read_until, min(room, _MOST_PER_READ))
        if not records:
            return False
        if not shard.waiting:
            # By the stream's clock where that is not ahead: what waited there has waited.
            shard.since = min(self._clock(), records[0].arrived_at)
        shard.waiting += records
        shard.size_bytes += sum(len(record.data) for record in records)
        shard.read_until = records[-1].sequence
        return True

    def _is_full(self, shard: _Shard) -> bool:
        return (
            len(shard.waiting) >= self._buffering.records
            or shard.size_bytes >= self._buffering.size_bytes
        )

    def _is_due(self, shard: _Shard) -> bool:
        if not shard.waiting or shard.since is None:
            return False
        now = self._clock()
        # A clock that was set back must not hold up what waits until it has caught up.
        shard.since = min(shard.since, now)
        return (now - shard.since).total_seconds() >= self._buffering.seconds

    def _deliver(self, shard: _Shard) -> DeliveredBatch | None:
        """One buffer as one batch, named by its first record: a repeated attempt has its name.

        Returns:
            None when another process had delivered it.
        """
        origin = f"{self._reader.name}/{shard.name}"
        decoded = decode(self._contract, shard.waiting)
        arriving = Arriving(
            batch_id=f"{self._contract.dataset}-{origin.replace('/', '-')}-"
            f"{shard.waiting[0].sequence:0>20}",
            source=f"stream:{origin}",
            records=decoded.records,
            received_at=shard.waiting[-1].arrived_at,
            unreadable=decoded.unreadable,
        )
        extract = Extract(
            mapping=MAPPING,
            mapping_hash="",
            feed=self._contract.dataset,
            origin=origin,
            end_position=len(shard.waiting),
            resume_cursor=shard.waiting[-1].sequence,
        )
        try:
            done = deliver(self._lake, self._contract, arriving, self._tokeniser, extract=extract)
        except LedgerConflictError:
            done = None
        if done is None or done.outcome == "already_committed":
            self._go_on_after_another(shard, arriving.batch_id)
            done = None
        # Only now: what could not be delivered is tried again with the next poll.
        arrivals = [record.arrived_at for record in shard.waiting]
        shard.waiting, shard.size_bytes, shard.since = [], 0, None
        return DeliveredBatch(self._contract.dataset, done, arrivals) if done else None

    def _go_on_after_another(self, shard: _Shard, batch_id: str) -> None:
        """Another process committed this batch, perhaps cut elsewhere: go on where it ended."""
        committed = Ledger(self._lake).entry(self._contract.dataset, batch_id)
        if committed is None or committed.extract is None:
            raise StreamError(
                f"batch {batch_id} was delivered, but not from a stream: its ledger entry says no "
                "place to go on from. Give the stream another name."
            )
        shard.read_until = committed.extract.resume_cursor
        log.warning("batch was delivered by another process", batch_id=batch_id)


def committed_sequences(lake: Lake, dataset: str, stream: str) -> dict[str, str]:
    """The last committed sequence of each shard of a stream, by shard.

    The batches of a shard follow each other and their ids end with the sequence they begin with, so
    the last one says it, however many there are.
    """
    ledger = Ledger(lake)
    prefix = f"{dataset}-{stream.replace('/', '-')}-"
    feeds: dict[str, list[tuple[int, str]]] = {}
    for batch_id in ledger.batch_ids(dataset):
        if batch_id.startswith(prefix) and (named := _BATCH_ID.fullmatch(batch_id)):
            feeds.setdefault(named["feed"], []).append((int(named["sequence"]), batch_id))
    found: dict[str, str] = {}
    for numbered in feeds.values():
        for _, batch_id in sorted(numbered, reverse=True):
            if reached := _reached(ledger.entry(dataset, batch_id), stream):
                found[reached[0]] = reached[1]
                break
    return found


def _reached(entry: LedgerEntry | None, stream: str) -> tuple[str, str] | None:
    """Shard and sequence up to which a batch of the stream was read; None for any other batch."""
    extract = entry.extract if entry else None
    if extract is None or extract.mapping != MAPPING or extract.resume_cursor is None:
        return None
    name, _, shard = extract.origin.rpartition("/")
    return (shard, extract.resume_cursor) if name == stream else None
