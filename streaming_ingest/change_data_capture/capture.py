"""Capturing a database: the snapshot first, then every change, each delivered once.

Belongs here: the order of the steps, which is what makes them safe to cut anywhere. Does not belong
here: how the database is read, or what a batch of changes becomes.

The order: peek, deliver each dataset (the commit holds how far it was read), acknowledge. What was
cut before the acknowledgement is peeked again, and what is in the ledger is then left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from sentinel.contracts import contract
from sentinel.delivery import Delivered
from sentinel.lake import Lake
from sentinel.ledger import Ledger
from sentinel.live_files import LiveFiles
from sentinel.transform import Tokeniser
from sentinel.transform.plain_records import as_text
from streaming_ingest.change_data_capture import envelope
from streaming_ingest.change_data_capture.delivery import ChangeDelivery
from streaming_ingest.change_data_capture.postgres import (
    CapturedTable,
    PostgresSource,
    Snapshot,
)

MOST_MESSAGES = 20_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Step:
    """What one call of `Capture.step` did.

    Attributes:
        delivered: batches that were committed.
        change_count: changes that were found, those delivered before included.
        is_snapshot: whether it took a snapshot.
    """

    delivered: tuple[Delivered, ...]
    change_count: int
    is_snapshot: bool = False


class Capture:
    """One capture of one database.

    Args:
        lake: where to.
        tokeniser: for what is personal.
        source: the database; connected by whoever calls.
        name: of the capture, which is the feed's in the ledger.
    """

    def __init__(self, lake: Lake, tokeniser: Tokeniser, source: PostgresSource, name: str) -> None:
        self._lake, self._source = lake, source
        self._feeds = {
            table.dataset: ChangeDelivery(
                lake, contract(table.dataset), tokeniser, name, f"postgresql:{name}/{table.table}"
            )
            for table in source.tables
        }

    def step(self, most: int = MOST_MESSAGES) -> Step:
        """Takes the snapshot if it is not there, or else the next changes.

        A snapshot is taken where none was completed, the slot is gone, or a table was truncated:
        what the lake has and the database has not is deleted by it.
        """
        # Each snapshot has a slot of its own: a table that is not as far as the others, or a slot
        # that is not the one the snapshot came with, would leave out what happened between.
        snapshots = {feed.progress.snapshot for feed in self._feeds.values()}
        slot = snapshots.pop()
        if snapshots or slot is None or not self._source.resume(slot):
            return self._snapshot()
        peeked = self._source.peek(most)
        if peeked.is_truncating:
            return self._snapshot()
        delivered = []
        for dataset, records in peeked.records.items():
            feed = self._feeds[dataset]
            reached = feed.progress.sequence
            fresh = [each for each in records if reached is None or each.sequence > reached]
            if fresh and (done := feed.deliver(fresh)):
                delivered.append(done)
        self._source.acknowledge(peeked.end)
        return Step(tuple(delivered), peeked.record_count)

    def _snapshot(self) -> Step:
        log.info("taking a snapshot", tables=[each.table for each in self._source.tables])
        for feed in self._feeds.values():
            feed.begin_snapshot()
        snapshot = self._source.begin()
        delivered: list[Delivered] = []
        count = 0
        for table in self._source.tables:
            done = self._table_snapshot(snapshot, table)
            delivered += done
            count += sum(each.delivered_row_count + each.quarantined_row_count for each in done)
        return Step(tuple(delivered), count, is_snapshot=True)

    def _table_snapshot(self, snapshot: Snapshot, table: CapturedTable) -> list[Delivered]:
        feed = self._feeds[table.dataset]
        gone = current_keys(self._lake, table, feed.batch_ids())
        delivered = []
        for records in self._source.rows(snapshot, table):
            if gone:
                gone -= _keys_of(records, table)
            delivered.append(feed.deliver(records))
        named = [dict(zip(table.key, key, strict=True)) for key in sorted(gone)]
        last = self._source.vanished(snapshot, table, named)
        delivered.append(feed.deliver(last, ends_snapshot=snapshot.slot))
        return [done for done in delivered if done]


def current_keys(
    lake: Lake, table: CapturedTable, batch_ids: Sequence[str]
) -> set[tuple[str, ...]]:
    """Keys of the rows that, by the batches of a feed, are there and not deleted."""
    latest: dict[tuple[str, ...], tuple[Any, bool]] = {}
    event_time = contract(table.dataset).event_time
    for row in _delivered_rows(lake, table, batch_ids, [*table.key, event_time, "is_deleted"]):
        key = tuple(row[name] for name in table.key)
        if key not in latest or latest[key][0] <= row[event_time]:
            latest[key] = (row[event_time], bool(row["is_deleted"]))
    return {key for key, (_, is_deleted) in latest.items() if not is_deleted}


def _delivered_rows(
    lake: Lake, table: CapturedTable, batch_ids: Sequence[str], columns: list[str]
) -> Iterator[dict[str, Any]]:
    live, ledger = LiveFiles(lake, table.dataset), Ledger(lake)
    for batch_id in batch_ids:
        entry = ledger.entry(table.dataset, batch_id)
        if entry and entry.files:
            yield from live.records(entry, columns).to_pylist()


def _keys_of(records: Sequence[Any], table: CapturedTable) -> set[tuple[str, ...]]:
    found = set()
    for record in records:
        change = envelope.read(record.data)
        if change is not None:
            found.add(tuple((as_text(change.row.get(name)) or "").strip() for name in table.key))
    return found
