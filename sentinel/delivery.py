"""Delivery: one batch into the lake, exactly once.

Belongs here: writing a transformed batch's files and committing it. Does not belong here: where
batches come from. Order is everything: raw files, quarantine file, ledger entry last; whatever is
interrupted before the entry leaves files that no entry names and no engine reads.
"""

import hashlib
import io
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import structlog

from sentinel.contracts import Contract
from sentinel.lake import Lake, quarantine_path, raw_path, replayed_path
from sentinel.ledger import DeliveredFile, Extract, Ledger, LedgerEntry, utc_now
from sentinel.transform import REJECTED_SCHEMA, Arriving, Tokeniser, Transformed, transform

# Above so many files one sync of everything is faster than one for each file.
_SYNCED_ONE_BY_ONE = 8

REPLAYED_SCHEMA = pa.schema(
    [
        pa.field("dataset", pa.string(), nullable=False),
        pa.field("quarantined_batch_id", pa.string(), nullable=False),
        pa.field("quarantined_position", pa.int64(), nullable=False),
        pa.field("_batch_id", pa.string(), nullable=False),
    ]
)
"""Which quarantined record a batch took: the batch that had rejected it, and its position there."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Delivered:
    """What became of one batch."""

    batch_id: str
    outcome: Literal["committed", "already_committed"]
    delivered_row_count: int
    quarantined_row_count: int
    unknown_columns: tuple[str, ...] = ()
    rejected_file: str | None = None


def deliver(
    lake: Lake,
    contract: Contract,
    arriving: Arriving,
    tokeniser: Tokeniser,
    appeared_columns: tuple[str, ...] = (),
    vanished_columns: tuple[str, ...] = (),
    extract: Extract | None = None,
    replayed: pa.Table | None = None,
) -> Delivered:
    """Transforms a batch, writes its files and commits it; a committed batch is left alone.

    Args:
        replayed: the quarantined records that arrive again with this batch, one row for each, as
            `quarantined_batch_id` and `quarantined_position`; they do not count as produced again.

    Raises:
        LedgerConflictError: when another process committed other content under this batch id.
    """
    if committed := Ledger(lake).entry(contract.dataset, arriving.batch_id):
        return delivered_before(committed)
    done = transform(contract, arriving, tokeniser)
    replayed_count = replayed.num_rows if replayed is not None else 0
    return commit_transformed(
        lake,
        contract,
        arriving.batch_id,
        arriving.source,
        done,
        produced_row_count=arriving.records.num_rows + len(arriving.unreadable) - replayed_count,
        appeared_columns=appeared_columns,
        vanished_columns=vanished_columns,
        extract=extract,
        replayed=replayed,
    )


def delivered_before(committed: LedgerEntry) -> Delivered:
    """What became of a batch that is in the ledger already."""
    return Delivered(
        committed.batch_id, "already_committed",
        committed.delivered_row_count, committed.quarantined_row_count,
        rejected_file=committed.rejected_file,
    )  # fmt: skip


def commit_transformed(
    lake: Lake,
    contract: Contract,
    batch_id: str,
    source: str,
    done: Transformed,
    produced_row_count: int,
    *,
    schema_version: int | None = None,
    appeared_columns: tuple[str, ...] = (),
    vanished_columns: tuple[str, ...] = (),
    extract: Extract | None = None,
    replayed: pa.Table | None = None,
) -> Delivered:
    """Writes the files of records that have been transformed, then their ledger entry.

    Args:
        produced_row_count: what the source handed over, counted by whoever read it.
        schema_version: of the delivered records; None: the contract's.
        replayed: as for `deliver`.

    Raises:
        LedgerConflictError: as `deliver`.
        ValueError: when the counts do not add up; nothing is committed then.
    """
    files = _write_raw(lake, contract, batch_id, done.delivered)
    rejected_file, rejected_hash = _write_rejected(lake, contract.dataset, batch_id, done.rejected)
    replayed_file, replayed_hash = _write_replayed(lake, contract.dataset, batch_id, replayed)
    event_at = done.delivered.column(contract.event_time)
    entry = LedgerEntry(
        batch_id=batch_id,
        dataset=contract.dataset,
        source=source,
        schema_version=contract.version if schema_version is None else schema_version,
        produced_row_count=produced_row_count,
        delivered_row_count=done.delivered.num_rows,
        quarantined_row_count=done.rejected.num_rows,
        min_event_at=pc.min(event_at).as_py(),
        max_event_at=pc.max(event_at).as_py(),
        checksum=_combined([*(file.sha256 for file in files), rejected_hash, *replayed_hash]),
        delivered_at=utc_now(),
        files=files,
        rejected_file=rejected_file,
        replayed_row_count=replayed.num_rows if replayed is not None else 0,
        replayed_file=replayed_file,
        appeared_columns=appeared_columns,
        vanished_columns=vanished_columns,
        extract=extract,
    )
    is_new = Ledger(lake).commit(entry)
    log.debug(
        "batch delivered", batch_id=entry.batch_id, dataset=entry.dataset,
        delivered=entry.delivered_row_count, quarantined=entry.quarantined_row_count,
    )  # fmt: skip
    return Delivered(
        batch_id, "committed" if is_new else "already_committed",
        entry.delivered_row_count, entry.quarantined_row_count, done.unknown_columns,
        rejected_file,
    )  # fmt: skip


def copy_batch(lake: Lake, contract: Contract, committed: LedgerEntry, records: pa.Table) -> bool:
    """Writes records of a committed batch into another lake, under the id of that batch.

    Args:
        lake: where to; not the one the batch is in.
        records: all of the batch's delivered records or some, as they were read from its files.

    Returns:
        True when this call committed it, False when it was there already.

    Raises:
        LedgerConflictError: when the lake has other records of that batch.
    """
    done = commit_transformed(
        lake,
        contract,
        committed.batch_id,
        committed.source,
        Transformed(records, REJECTED_SCHEMA.empty_table()),
        produced_row_count=records.num_rows,
        schema_version=committed.schema_version,
    )
    return done.outcome == "committed"


def _write_raw(
    lake: Lake, contract: Contract, batch_id: str, records: pa.Table
) -> tuple[DeliveredFile, ...]:
    partitions = pc.floor_temporal(records.column(contract.event_time), unit=contract.partition)
    dates = pc.cast(partitions, pa.date32())
    in_order = pc.sort_indices(dates)  # stable: records of a day keep their order
    records = records.take(in_order)
    days = pc.run_end_encode(dates.take(in_order).combine_chunks())
    ends = days.run_ends.to_pylist()
    is_synced = len(ends) <= _SYNCED_ONE_BY_ONE
    written = []
    for event_date, start, end in zip(days.values.to_pylist(), [0, *ends], ends, strict=False):
        rows = records.slice(start, end - start)
        content = parquet_bytes(rows)
        content_hash = hashlib.sha256(content).hexdigest()
        path = raw_path(contract.dataset, event_date.isoformat(), batch_id, content_hash)
        lake.put(path, content, is_synced)
        written.append(
            DeliveredFile(
                path=path,
                event_date=event_date,
                row_count=rows.num_rows,
                size_bytes=len(content),
                sha256=content_hash,
            )
        )
    if not is_synced:
        lake.sync()
    return tuple(written)


def _write_rejected(
    lake: Lake, dataset: str, batch_id: str, rejected: pa.Table
) -> tuple[str | None, str]:
    """Path and content hash; neither where nothing was rejected."""
    if not rejected.num_rows:
        return None, ""
    content = parquet_bytes(rejected)
    content_hash = hashlib.sha256(content).hexdigest()
    path = quarantine_path(dataset, batch_id, content_hash)
    lake.put(path, content)
    return path, content_hash


def _write_replayed(
    lake: Lake, dataset: str, batch_id: str, replayed: pa.Table | None
) -> tuple[str | None, tuple[str, ...]]:
    """Path and content hash; neither where the batch took nothing from quarantine."""
    if replayed is None:
        return None, ()
    columns = {
        **{name: replayed.column(name) for name in replayed.column_names},
        "dataset": pa.repeat(dataset, replayed.num_rows),
        "_batch_id": pa.repeat(batch_id, replayed.num_rows),
    }
    named = pa.table({name: columns[name] for name in REPLAYED_SCHEMA.names})
    content = parquet_bytes(named.cast(REPLAYED_SCHEMA))
    content_hash = hashlib.sha256(content).hexdigest()
    path = replayed_path(dataset, batch_id, content_hash)
    lake.put(path, content)
    return path, (content_hash,)


def parquet_bytes(table: pa.Table, row_group_rows: int | None = None) -> bytes:
    """A table as one zstd-compressed Parquet file, in row groups of at most so many rows."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", row_group_size=row_group_rows)
    return buffer.getvalue()


def _combined(hashes: list[str]) -> str:
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()
