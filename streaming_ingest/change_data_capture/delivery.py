"""Delivery of changes: envelopes into the versions of one dataset, exactly once.

Belongs here: what a batch of envelopes becomes, and how far a feed has been delivered. Does not
belong here: where envelopes come from, or writing and committing a batch.

Everything that the next batch depends on (how far the feed was read, the last time that was given
to a version) is part of this batch's commit. An interrupted batch is made again from the same
state; one that another process committed meanwhile is noticed by its name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import pyarrow as pa

from sentinel.contracts import Contract
from sentinel.delivery import Delivered, deliver
from sentinel.errors import LedgerConflictError, SentinelError
from sentinel.lake import LEDGER, Lake
from sentinel.ledger import Extract, Ledger, LedgerEntry, utc_now
from sentinel.transform import Arriving, Tokeniser, UnreadableRecord
from sentinel.transform.plain_records import text_table
from streaming_ingest.change_data_capture import envelope
from streaming_ingest.change_data_capture.clock import VersionClock, from_microseconds
from streaming_ingest.change_data_capture.envelope import SourcePosition, UnreadableEnvelopeError
from streaming_ingest.streams import StreamRecord

MAPPING = "change_data_capture"
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the source's clock may be ahead of this one. What is further ahead is quarantined, and
does not move the times of the changes after it."""


class CaptureBusyError(SentinelError):
    """Another process delivers the same feed."""


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a feed has been delivered; kept in the ledger as `Extract.resume_cursor`.

    Attributes:
        sequence: that of the last record read from the stream or the capture.
        source_position: greatest place in the source that was delivered: what comes again from
            before it is a repetition.
        version_at: the last time given to a version.
        snapshot: name of the snapshot that the feed begins with, once it was read to its end.
    """

    sequence: str | None = None
    source_position: SourcePosition | None = None
    version_at: datetime | None = None
    snapshot: str | None = None


@dataclass(frozen=True)
class _Versions:
    rows: list[dict[str, object]]
    ingested: list[datetime]
    positions: list[int]
    unreadable: list[UnreadableRecord]
    progress: Progress


class ChangeDelivery:
    """Delivers one feed of changes into one dataset.

    Args:
        lake: where to.
        contract: of the dataset; its event time is replaced by the time from which the version
            holds, and `is_deleted` is set where the row is deleted.
        tokeniser: for what is personal.
        feed: name of the feed; with the dataset it names the batches.
        origin: where the envelopes come from, for people.
    """

    def __init__(
        self, lake: Lake, contract: Contract, tokeniser: Tokeniser, feed: str, origin: str
    ) -> None:
        self._lake, self._contract, self._tokeniser = lake, contract, tokeniser
        self._feed, self._origin = feed, origin
        last = _last_entry(lake, contract.dataset, self._prefix)
        self.progress = _progress(last)
        self._record_count = last.extract.end_position if last and last.extract else 0

    def batch_ids(self) -> list[str]:
        """Ids of the feed's committed batches, oldest first."""
        return [
            path.rsplit("/", 1)[-1].removesuffix(".json")
            for path in _entry_paths(self._lake, self._contract.dataset, self._prefix)
        ]

    def deliver(
        self, records: Sequence[StreamRecord], ends_snapshot: str | None = None
    ) -> Delivered | None:
        """Delivers envelopes in the order of the source as one batch.

        Args:
            records: may be empty where `ends_snapshot` has to be committed.
            ends_snapshot: name of the snapshot that is complete with these.

        Returns:
            What was committed; None where nothing had to be, since all were tombstones or
            repetitions.

        Raises:
            CaptureBusyError: when another process has delivered the same stretch of the feed.
        """
        versions = self._versions(records)
        snapshot = ends_snapshot or self.progress.snapshot
        progress = msgspec.structs.replace(versions.progress, snapshot=snapshot)
        if not (versions.rows or versions.unreadable or ends_snapshot):
            self.progress = progress
            return None
        cursor = msgspec.json.encode(progress).decode()
        # One more for a completed snapshot: it may have no record, and needs a batch of its own.
        first = self._record_count
        end = first + len(records) + (ends_snapshot is not None)
        extract = Extract(
            mapping=MAPPING, mapping_hash="", feed=self._feed, origin=self._origin,
            first_position=first, end_position=end, resume_cursor=cursor,
        )  # fmt: skip
        batch_id = f"{self._prefix}{first:015d}"
        try:
            done = deliver(
                self._lake, self._contract, self._arriving(batch_id, versions), self._tokeniser,
                extract=extract,
            )  # fmt: skip
        except LedgerConflictError as error:
            raise self._busy(batch_id) from error
        if done.outcome == "already_committed":
            committed = Ledger(self._lake).entry(self._contract.dataset, batch_id)
            if committed is None or committed.extract != extract:
                raise self._busy(batch_id)
        self.progress, self._record_count = progress, end
        return done

    def begin_snapshot(self) -> None:
        """What is read from here on is a snapshot of everything: its order begins anew."""
        self.progress = Progress(version_at=self.progress.version_at)

    @property
    def _prefix(self) -> str:
        return f"{self._contract.dataset}-cdc-{self._feed}-"

    def _busy(self, batch_id: str) -> CaptureBusyError:
        return CaptureBusyError(
            f"batch {batch_id} was delivered by another process while this one read the same "
            f"changes: one capture of feed {self._feed!r} may run at a time; stop one, and start "
            "again."
        )

    def _versions(self, records: Sequence[StreamRecord]) -> _Versions:
        clock = VersionClock(self.progress.version_at)
        reached = self.progress.source_position
        found = _Versions([], [], [], [], self.progress)
        for number, record in enumerate(records):
            try:
                change = envelope.read(record.data)
                if change is None:
                    continue
                if _is_repetition(change, reached):
                    continue
                row, ingested_at = self._version(change, record.arrived_at, clock)
            except UnreadableEnvelopeError as error:
                text = record.data.decode("utf-8", "backslashreplace")
                found.unreadable.append(UnreadableRecord(number, text, error.reason, error.field))
                continue
            reached = _reached(change, reached)
            found.rows.append(row)
            found.ingested.append(ingested_at)
            found.positions.append(number)
        sequence = records[-1].sequence if records else self.progress.sequence
        progress = Progress(sequence, reached, clock.last)
        return _Versions(found.rows, found.ingested, found.positions, found.unreadable, progress)

    def _version(
        self, change: envelope.Change, arrived_at: datetime, clock: VersionClock
    ) -> tuple[dict[str, object], datetime]:
        committed_at = from_microseconds(change.committed_at)
        if committed_at is None:
            raise UnreadableEnvelopeError("commit_time_out_of_range")
        key = "\x00".join(
            str(change.row.get(name)) for name in self._contract.key
            if name != self._contract.event_time
        )  # fmt: skip
        is_plausible = committed_at <= arrived_at + CLOCK_TOLERANCE
        version_at = clock.stamp(key, committed_at) if is_plausible else committed_at
        row = {name: value for name, value in change.row.items() if not name.startswith("_")}
        row[self._contract.event_time] = version_at
        if change.operation == "d":
            row["is_deleted"] = True
        # The source's clock may be a little ahead, and so may times that had to be told apart.
        return row, max(arrived_at, version_at) if is_plausible else arrived_at

    def _arriving(self, batch_id: str, versions: _Versions) -> Arriving:
        kept = [*self._contract.names, *self._contract.arriving_names]
        table = text_table(versions.rows, keep=kept)
        table = table.append_column("_position", pa.array(versions.positions, pa.int64()))
        table = table.append_column("_ingested_at", pa.array(versions.ingested, pa.timestamp("us")))
        return Arriving(
            batch_id=batch_id,
            source=self._origin,
            records=table,
            received_at=utc_now(),
            unreadable=tuple(versions.unreadable),
        )


def _is_repetition(change: envelope.Change, reached: SourcePosition | None) -> bool:
    """Whether the source sent it before, as Debezium does after a restart.

    Rows of one bulk insertion share a place; sent again they say what is so already.
    """
    if change.operation == "r" or change.position is None or reached is None:
        return False
    return change.position < reached


def _reached(change: envelope.Change, reached: SourcePosition | None) -> SourcePosition | None:
    if change.is_initial:
        return change.position
    if change.position is None or reached is None:
        return change.position or reached
    return max(change.position, reached)


def _entry_paths(lake: Lake, dataset: str, prefix: str) -> list[str]:
    # Whole names: that of another feed may begin with this one's.
    wanted = re.compile(re.escape(f"{LEDGER}/{dataset}/{prefix}") + r"[0-9]{15}\.json")
    return [path for path in lake.list(f"{LEDGER}/{dataset}", ".json") if wanted.fullmatch(path)]


def _last_entry(lake: Lake, dataset: str, prefix: str) -> LedgerEntry | None:
    paths = _entry_paths(lake, dataset, prefix)
    return msgspec.json.decode(lake.read(paths[-1]), type=LedgerEntry) if paths else None


def _progress(last: LedgerEntry | None) -> Progress:
    if last is None or last.extract is None or last.extract.resume_cursor is None:
        return Progress()
    return msgspec.json.decode(last.extract.resume_cursor, type=Progress)
