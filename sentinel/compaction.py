"""Compaction: the many small files of a closed day become few, in one step that readers see whole.

Belongs here: choosing files, writing their records anew, proving that the records are the same, and
the commit. Does not belong here: what is live (see `live_files`), and removing what was replaced
(see `cleaning`). Order is everything, as with a delivery: new files first, the commit last; what is
interrupted before it leaves files that nothing names and no engine reads.
"""

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import structlog

from sentinel.delivery import parquet_bytes
from sentinel.errors import CompactionError
from sentinel.lake import Lake, compacted_path, compaction_path
from sentinel.ledger import Ledger, utc_now
from sentinel.live_files import CompactedFile, Compaction, LiveFile, LiveFiles

# DuckDB's own: one row group is one thread's work, and what it skips by the batch's id.
_ROW_GROUP_ROWS = 122_880
# A file that is nearly full is left alone, or every late record would have all of it written anew.
_FULL = 0.75

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Limits:
    """What is compacted, and into what.

    Attributes:
        closed_after_days: so many full days lie between a closed day and today. By the clock, not
            by the events: one event with a wrong date must not close days that still fill.
        fewest_files: so many small files of one day are worth it; fewer stay as they are.
        target_bytes: size of the files that are made, at most, as sum of those they are made of.
        most_rows: rows of a file, at most; a file's rows are in memory while it is made.
    """

    closed_after_days: int = 2
    fewest_files: int = 4
    target_bytes: int = 128 * 2**20
    most_rows: int = 2_000_000

    def is_full(self, file: LiveFile) -> bool:
        """Whether a file is large enough to stay."""
        return (
            file.size_bytes >= _FULL * self.target_bytes or file.row_count >= _FULL * self.most_rows
        )


@dataclass(frozen=True)
class Plan:
    """One compaction to be made: each group of files becomes one file."""

    dataset: str
    event_date: date
    generation: int
    groups: tuple[tuple[LiveFile, ...], ...]

    @property
    def files(self) -> tuple[LiveFile, ...]:
        """The files that give way."""
        return tuple(file for group in self.groups for file in group)

    @property
    def size_bytes(self) -> int:
        """Their size."""
        return sum(file.size_bytes for file in self.files)


def plans(
    lake: Lake, dataset: str, limits: Limits | None = None, today: date | None = None
) -> list[Plan]:
    """What there is to compact in a dataset, by event date.

    Args:
        today: in UTC; now, if not given.
    """
    limits = limits or Limits()
    closed_until = (today or utc_now().date()) - timedelta(days=limits.closed_after_days)
    live = LiveFiles(lake, dataset)
    days: dict[date, list[LiveFile]] = {}
    for file in live.of(Ledger(lake).entries(dataset)):
        if file.event_date < closed_until and not limits.is_full(file):
            days.setdefault(file.event_date, []).append(file)
    found = []
    for day, files in sorted(days.items()):
        groups = tuple(_groups(files, limits))
        if sum(map(len, groups)) >= limits.fewest_files:
            found.append(Plan(dataset, day, live.generation(day) + 1, groups))
    return found


def compact(lake: Lake, plan: Plan) -> Compaction | None:
    """Makes one compaction.

    Returns:
        None when another compaction of that date was committed since the plan was made: then
        nothing has changed but for it.

    Raises:
        CompactionError: when a file is not what was committed, or the new files would not hold
            the same records; nothing is committed.
        LakeWriteError: when the lake cannot be written; nothing is committed.
    """
    added: list[CompactedFile] = []
    counted: list[str] = []
    for group in plan.groups:
        file, batches = _merge(lake, plan, group)
        added.append(file)
        counted += batches
    done = Compaction(
        dataset=plan.dataset,
        event_date=plan.event_date,
        generation=plan.generation,
        row_count=sum(file.row_count for file in added),
        checksum=hashlib.sha256("\n".join(sorted(counted)).encode()).hexdigest(),
        compacted_at=utc_now(),
        replaced=tuple(file.path for file in plan.files),
        added=tuple(added),
    )
    path = compaction_path(plan.dataset, plan.event_date.isoformat(), plan.generation)
    if not lake.put_if_absent(path, msgspec.json.encode(done) + b"\n"):
        log.info("another compaction was first", path=path)
        return None
    return done


def _groups(files: Iterable[LiveFile], limits: Limits) -> Iterator[tuple[LiveFile, ...]]:
    """Files that become one: of one version of the contract, and together not too large."""
    versions: dict[int, list[LiveFile]] = {}
    for file in files:
        versions.setdefault(file.schema_version, []).append(file)
    for _, some in sorted(versions.items()):
        group: list[LiveFile] = []
        for file in sorted(some, key=lambda each: (each.batch_id or "", each.path)):
            together = [*group, file]
            if (
                sum(each.size_bytes for each in together) > limits.target_bytes
                or sum(each.row_count for each in together) > limits.most_rows
            ):
                yield from _worthwhile(group)
                together = [file]
            group = together
        yield from _worthwhile(group)


def _worthwhile(group: list[LiveFile]) -> Iterator[tuple[LiveFile, ...]]:
    """A file alone stays what it is: written anew it would be the same."""
    if len(group) > 1:
        yield tuple(group)


def _merge(lake: Lake, plan: Plan, group: Sequence[LiveFile]) -> tuple[CompactedFile, list[str]]:
    """Writes one file; and says of each batch in it how many rows it has, and their hash."""
    before = _concatenated(plan, group, list(_tables(lake, group)))
    expected = _counted(before)
    content = parquet_bytes(_by_batch(before, group), _ROW_GROUP_ROWS)
    content_hash = hashlib.sha256(content).hexdigest()
    path = compacted_path(plan.dataset, plan.event_date.isoformat(), plan.generation, content_hash)
    lake.put(path, content)
    after = pq.ParquetFile(io.BytesIO(lake.read(path))).read()
    if not after.schema.equals(before.schema) or _counted(after) != expected:
        raise CompactionError(
            f"{lake.url(path)} does not hold the rows of the {len(group)} files it was made of: "
            "nothing was compacted. This is a fault of the program or of the storage; report it."
        )
    file = CompactedFile(
        path=path,
        event_date=plan.event_date,
        row_count=after.num_rows,
        size_bytes=len(content),
        sha256=content_hash,
        schema_version=group[0].schema_version,
    )
    return file, expected


def _tables(lake: Lake, group: Sequence[LiveFile]) -> Iterator[pa.Table]:
    contents = lake.read_each([file.path for file in group])
    for file in group:
        try:
            content = next(contents)
        except FileNotFoundError as error:
            raise CompactionError(
                f"{lake.url(file.path)} was committed and is not there: restore it; nothing was "
                "compacted."
            ) from error
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise CompactionError(
                f"{lake.url(file.path)} is not what was committed (its hash differs): restore it; "
                "nothing was compacted."
            )
        yield pq.ParquetFile(io.BytesIO(content)).read()


def _concatenated(plan: Plan, group: Sequence[LiveFile], tables: list[pa.Table]) -> pa.Table:
    for file, table in zip(group, tables, strict=True):
        if not table.schema.equals(tables[0].schema):
            raise CompactionError(
                f"{file.path} has other columns than {group[0].path}, though both are of version "
                f"{file.schema_version} of {plan.dataset}: a contract that changes needs a new "
                "version. Nothing was compacted."
            )
    return pa.concat_tables(tables)


def _by_batch(rows: pa.Table, group: Sequence[LiveFile]) -> pa.Table:
    """The rows of a batch together, in the order in which it delivered them."""
    if all(file.batch_id for file in group):
        return rows  # one batch a file, and the files by batch
    return rows.take(pc.sort_indices(rows.column("_batch_id")))  # stable


def _counted(rows: pa.Table) -> list[str]:
    """Batch, number of rows and their hash, whatever their order; by another engine than wrote."""
    columns = ", ".join(f'"{name}"' for name in rows.column_names)
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        found = connection.execute(
            f"select _batch_id, count(*), sum(hash({columns})::hugeint) from rows "
            "group by all order by all"
        ).fetchall()
    return [f"{batch} {count} {total}" for batch, count, total in found]
