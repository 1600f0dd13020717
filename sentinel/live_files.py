"""Live files: which files hold the delivered records, as compactions have left them.

Belongs here: what the commit of a compaction says, and reading records whatever file they are in
now. Does not belong here: making a compaction; see `compaction`. Live are the files that ledger
entries name, without those that a compaction replaced, with those it added. Which batch a record
belongs to is said by its `_batch_id`, in either kind of file.

The warehouse answers the same question in SQL: `lake.live_files`, made by the macro
`synchronise_compactions`.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sentinel.lake import COMPACTIONS, Lake, compaction_path
from sentinel.ledger import DeliveredFile, LedgerEntry

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)\.(\d{6,})\.json")
# Batches are mostly read in the order in which a compacted file has them, so that the next one is
# in the row group of the last one.
_KEPT_ROW_GROUPS = 4
_KEPT_FILES = 2


class CompactedFile(DeliveredFile, frozen=True, kw_only=True):
    """A file that a compaction added; its records are of one version of the contract."""

    schema_version: int


class Compaction(msgspec.Struct, frozen=True, kw_only=True):
    """The commit of one compaction: files of one dataset and event date give way to others.

    Compactions of a dataset and date are numbered from 1. One that follows another may replace
    files that the other added.

    Attributes:
        checksum: over count and hash of the rows of each batch, which the replaced files and the
            added ones have in common.
    """

    dataset: str
    event_date: date
    generation: int
    row_count: int
    checksum: str
    compacted_at: datetime
    replaced: tuple[str, ...]
    added: tuple[CompactedFile, ...]


class LiveFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is to be read; `batch_id` is None where it holds records of several batches."""

    path: str
    event_date: date
    row_count: int
    size_bytes: int
    sha256: str
    schema_version: int
    batch_id: str | None = None


class LiveFiles:
    """The live files of one dataset, as of the moment at which this was made.

    Ask the ledger after making it: then each file that was replaced is of a batch that is known.
    Files that are replaced afterwards stay for days, so what this answers can still be read.

    Args:
        lake: the compactions' names are listed at once, the few that are needed read when asked.
    """

    def __init__(self, lake: Lake, dataset: str) -> None:
        self._lake = lake
        self._dataset = dataset
        self._generations = _generations(lake, dataset)
        self._days: dict[date, tuple[frozenset[str], tuple[LiveFile, ...]]] = {}
        self._opened = lru_cache(_KEPT_FILES)(self._open)
        self._row_group = lru_cache(_KEPT_ROW_GROUPS)(self._read_row_group)

    def generation(self, event_date: date) -> int:
        """Number of the date's last compaction; 0 if there was none."""
        return self._generations.get(event_date, 0)

    def compactions(self, event_date: date | None = None) -> Iterator[Compaction]:
        """Every compaction, of one date or of all, by date and number."""
        dates = sorted(self._generations) if event_date is None else [event_date]
        for day in dates:
            for generation in range(1, self.generation(day) + 1):
                path = compaction_path(self._dataset, day.isoformat(), generation)
                yield msgspec.json.decode(self._lake.read(path), type=Compaction)

    def of(self, entries: Iterable[LedgerEntry]) -> Iterator[LiveFile]:
        """The files with the records of the given batches of the dataset.

        A file of several batches is among them once any of its date is asked for: given all
        batches these are all files, given some it may hold records of others.
        """
        dates: set[date] = set()
        for entry in entries:
            for file in entry.files:
                dates.add(file.event_date)
                if file.path not in self._day(file.event_date)[0]:
                    yield _delivered(file, entry)
        for day in sorted(dates):
            yield from self._day(day)[1]

    def records(self, entry: LedgerEntry, columns: Sequence[str] | None = None) -> pa.Table:
        """The delivered records of a batch in the order of its delivery; it must have some.

        Args:
            columns: only these, in this order.
        """
        tables: list[pa.Table] = []
        for file in entry.files:
            replaced, added = self._day(file.event_date)
            if file.path in replaced:
                for other in added:
                    if other.schema_version == entry.schema_version:
                        tables += self._of_batch(other.path, entry.batch_id, columns)
            else:
                content = pq.ParquetFile(io.BytesIO(self._lake.read(file.path)))
                tables.append(_selected(content.read(columns and list(columns)), columns))
        return pa.concat_tables(tables)

    def _day(self, event_date: date) -> tuple[frozenset[str], tuple[LiveFile, ...]]:
        """Paths that were replaced, and the compacted files that were not."""
        if event_date not in self._generations:
            return frozenset(), ()
        if event_date not in self._days:
            found = list(self.compactions(event_date))
            replaced = frozenset(path for each in found for path in each.replaced)
            added = (file for each in found for file in each.added if file.path not in replaced)
            self._days[event_date] = replaced, tuple(map(_compacted, added))
        return self._days[event_date]

    def _of_batch(
        self, path: str, batch_id: str, columns: Sequence[str] | None
    ) -> Iterator[pa.Table]:
        content = self._opened(path)
        place = content.schema_arrow.names.index("_batch_id")
        for number in range(content.num_row_groups):
            known = content.metadata.row_group(number).column(place).statistics
            if known is None or not known.has_min_max or known.min <= batch_id <= known.max:
                group = self._row_group(path, number)
                rows = group.filter(pc.equal(group.column("_batch_id"), batch_id))
                if rows.num_rows:
                    yield _selected(rows, columns)

    def _open(self, path: str) -> pq.ParquetFile:
        return pq.ParquetFile(io.BytesIO(self._lake.read(path)))

    def _read_row_group(self, path: str, number: int) -> pa.Table:
        return self._opened(path).read_row_group(number)


def _selected(rows: pa.Table, columns: Sequence[str] | None) -> pa.Table:
    return rows if columns is None else rows.select(list(columns))


def _generations(lake: Lake, dataset: str) -> dict[date, int]:
    """Number of the last compaction of each date.

    A listing may show a later compaction without the one before it, when both are made while it
    is under way. What follows a gap is left out: what it replaced is still there.
    """
    found: dict[date, set[int]] = {}
    for path in lake.list(f"{COMPACTIONS}/{dataset}", ".json"):
        if name := _NAME.fullmatch(path.rsplit("/", 1)[-1]):
            found.setdefault(date.fromisoformat(name[1]), set()).add(int(name[2]))
    last = {}
    for day, numbers in found.items():
        generation = 0
        while generation + 1 in numbers:
            generation += 1
        if generation:
            last[day] = generation
    return last


def _delivered(file: DeliveredFile, entry: LedgerEntry) -> LiveFile:
    return LiveFile(
        path=file.path, event_date=file.event_date, row_count=file.row_count,
        size_bytes=file.size_bytes, sha256=file.sha256, schema_version=entry.schema_version,
        batch_id=entry.batch_id,
    )  # fmt: skip


def _compacted(file: CompactedFile) -> LiveFile:
    return LiveFile(
        path=file.path, event_date=file.event_date, row_count=file.row_count,
        size_bytes=file.size_bytes, sha256=file.sha256, schema_version=file.schema_version,
    )  # fmt: skip
