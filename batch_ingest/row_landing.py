"""Landing the rows of a table or an API.

Belongs here: which rows are new, and how far the cursor may advance. Does not belong here: SQL and
HTTP, and delivering a batch. A commit carries the cursor's value itself, so the two cannot part;
rows at and before that value that are read again are known by their fingerprints.
"""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from batch_ingest.chunk import Chunk, integers, with_last
from batch_ingest.cursors import CursorRule, read, written
from batch_ingest.fingerprints import Fingerprints
from batch_ingest.history import CommittedBatch
from batch_ingest.load import Load
from batch_ingest.report import Progress
from batch_ingest.row_source import RowSource
from batch_ingest.schema_check import check_names
from sentinel.ledger import utc_now
from sentinel.transform import UnreadableRecord
from sentinel.transform.plain_records import as_text, text_table

BATCH_ROWS = 50_000
_NOT_AN_OBJECT = "\0item"


@dataclass
class NewRows:
    """Rows that the lake does not have.

    Attributes:
        high: greatest cursor value read so far, rows that were there already included.
        cursor_max: greatest cursor value among these rows.
        is_read_again: whether one of them will be found by every later read.
    """

    records: list[dict[str, str | None]] = field(default_factory=list)
    fingerprints: list[bytes] = field(default_factory=list)
    high: Any = None
    cursor_max: Any = None
    is_read_again: bool = False


class RowLanding:
    """Lands one feed of a database or an API."""

    def __init__(self, load: Load, name: str, source: RowSource) -> None:
        self._load = load
        self._output = load.output(name)
        self._feed = self._output.feed
        self._report = load.report.of(self._feed.dataset)
        cursor = self._feed.cursor
        self._rule = CursorRule(cursor, utc_now()) if cursor is not None else None
        self._origin = source.origin(self._feed)
        committed = [
            batch
            for batch in self._output.history.of_mapping(self._output.mapping_hash)
            if batch.extract.origin == self._origin
        ]
        self._resume = self._resume_value(committed)
        start = self._rule.start(self._resume) if self._rule else None
        self._fingerprints = Fingerprints(
            load.lake, load.key, self._feed.dataset, self._feed.ignore
        )
        self._fingerprints.know(each for each in committed if self._overlaps(each, start))
        self._rows = source.read(name, self._feed, start)

    def run(self) -> None:
        """Delivers what is not yet in the lake."""
        started = time.monotonic()
        # Closing gives the database its connection back, also when a batch fails.
        with contextlib.closing(self._rows.records):
            self._run()
        self._load.history.forget(self._feed.dataset)
        self._report.seconds += time.monotonic() - started

    def _run(self) -> None:
        name, seen = self._output.name, self._output.history.columns_seen
        columns = self._rows.columns
        if columns is not None:
            check_names(name, self._feed, self._origin, set(columns), seen)
        row_count = 0
        self._tell(row_count)
        for new, is_last in with_last(self._batches()):
            if columns is None and row_count == 0 and new.records:
                there = {each for record in new.records for each in record}
                check_names(name, self._feed, self._origin, there, seen)
            self._land(new, is_last)
            row_count += len(new.records)
            self._tell(row_count)

    def _batches(self) -> Iterator[NewRows]:
        """New rows in batches; the last one may be empty, it says that all was read."""
        batch = NewRows(high=self._resume)
        for item in self._rows.records:
            if len(batch.records) == BATCH_ROWS:
                yield batch
                batch = NewRows(high=batch.high)
            self._take(batch, item)
        yield batch

    def _take(self, batch: NewRows, item: Any) -> None:
        is_object = isinstance(item, dict)
        fields = item if is_object else {_NOT_AN_OBJECT: item}
        record = {str(name): as_text(value) for name, value in fields.items()}
        fingerprint = self._fingerprints.of(record)
        value = item.get(self._rule.cursor.column) if self._rule and is_object else None
        if self._rule is not None:
            batch.high = self._rule.greater(value, batch.high)
        if not self._fingerprints.is_new(fingerprint):
            self._report.repeated_row_count += 1
            return
        batch.records.append(record)
        batch.fingerprints.append(fingerprint)
        if self._rule is not None:
            batch.cursor_max = self._rule.greater(value, batch.cursor_max)
            batch.is_read_again |= self._rule.rank(value) is None

    def _land(self, new: NewRows, is_last: bool) -> None:
        resume = new.high if is_last or self._rows.is_ordered else None
        is_ahead = self._rule is not None and resume is not None and resume != self._resume
        if not new.records and not is_ahead:
            return
        chunk = self._chunk(new.records)
        output = self._output
        batch_id = self._load.batch_id(
            output.mapping_hash, output.name, self._origin, written(resume),
            *(each.hex() for each in sorted(new.fingerprints)),
        )  # fmt: skip
        columns = self._rows.columns if self._rows.columns is not None else chunk.columns
        extract = output.extract(
            self._origin, tuple(sorted(columns)), end_position=len(new.records),
            cursor_max=written(new.cursor_max), resume_cursor=written(resume),
            is_read_again=new.is_read_again,
        )  # fmt: skip
        if new.records:
            self._fingerprints.write(batch_id, new.fingerprints)
        output.deliver(chunk, batch_id, self._origin, extract)
        self._resume = resume if resume is not None else self._resume

    def _chunk(self, records: list[dict[str, str | None]]) -> Chunk:
        objects = [at for at, record in enumerate(records) if _NOT_AN_OBJECT not in record]
        keep = {made.source for made in self._feed.columns.values() if made.source}
        table = text_table([records[at] for at in objects], keep)
        safe = [self._load.tokeniser.redacted(name) for name in table.column_names]
        everything = len(objects) == len(records)
        return Chunk(
            records=table.rename_columns(safe),
            positions=integers(0, len(records)) if everything else pa.array(objects, pa.int64()),
            unreadable=tuple(
                UnreadableRecord(at, record[_NOT_AN_OBJECT] or "null", "not_an_object")
                for at, record in enumerate(records)
                if _NOT_AN_OBJECT in record
            ),
            first_position=0,
            end_position=len(records),
            is_last=True,
        )

    def _resume_value(self, committed: list[CommittedBatch]) -> Any:
        values = [read(each.extract.resume_cursor) for each in committed]
        best = None
        for value in values:
            best = self._rule.greater(value, best) if self._rule else None
        return best

    def _overlaps(self, batch: CommittedBatch, start: Any) -> bool:
        """Whether a read from `start` on can meet a record of the batch."""
        if self._rule is None or start is None or batch.extract.is_read_again:
            return True
        last = read(batch.extract.cursor_max)
        return last is not None and bool(self._rule.rank(last) >= self._rule.rank(start))

    def _tell(self, row_count: int) -> None:
        self._load.tell(Progress(self._output.name, self._feed.dataset, row_count=row_count))
