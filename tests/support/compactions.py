"""Batches to be compacted, and what a lake holds whatever file it is in.

Belongs here: what tests of compaction in several folders share. Does not belong here: assertions.
"""

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sentinel.cleaning import remove, unused
from sentinel.compaction import Limits, compact, plans
from sentinel.contracts import contract, contracts
from sentinel.delivery import Delivered, deliver
from sentinel.lake import Lake
from sentinel.ledger import Ledger, utc_now
from sentinel.live_files import LiveFiles
from sentinel.transform import Arriving, Tokeniser

AT_ONCE = Limits(closed_after_days=0, fewest_files=2)
"""Compacts whatever is more than one file."""

Row = dict[str, Any]


def land(
    lake: Lake,
    batch_id: str,
    rows: Sequence[Row],
    dataset: str = "transactions",
    received_at: datetime = datetime(2026, 6, 1),
) -> Delivered:
    """Delivers rows as one batch."""
    names = dict.fromkeys(name for row in rows for name in row)
    records = pa.table({name: [row.get(name) for row in rows] for name in names})
    arriving = Arriving(batch_id, "test", records, received_at)
    return deliver(lake, contract(dataset), arriving, Tokeniser(b"test key"))


def compact_everything(lake: Lake) -> int:
    """Compacts every day of every dataset; says how many files fewer there are."""
    count = 0
    for dataset in contracts():
        for plan in plans(lake, dataset, AT_ONCE, utc_now().date() + timedelta(days=1)):
            assert compact(lake, plan) is not None
            count += len(plan.files) - len(plan.groups)
    return count


def remove_unused(lake: Lake) -> int:
    """Removes what nobody would read in a year; says how many replaced files."""
    before, count = utc_now() + timedelta(days=365), 0
    for dataset in contracts():
        found = unused(lake, dataset, before)
        remove(lake, found, before)
        count += len(found.replaced)
    return count


def live_paths(lake: Lake, dataset: str = "transactions") -> list[str]:
    """The files that are to be read, in order."""
    live = LiveFiles(lake, dataset)
    return sorted(file.path for file in live.of(Ledger(lake).entries(dataset)))


def live_rows(lake: Lake, dataset: str = "transactions") -> list[Row]:
    """Every row of the live files, each as often as it is there, in a defined order."""
    found: list[Row] = []
    for path in live_paths(lake, dataset):
        found += pq.ParquetFile(io.BytesIO(lake.read(path))).read().to_pylist()
    return sorted(found, key=lambda row: (row["_batch_id"], row["_position"]))


def rows_by_batch(lake: Lake, dataset: str = "transactions") -> dict[str, list[Row]]:
    """The rows of each batch in the order in which they are read."""
    live = LiveFiles(lake, dataset)
    entries = [entry for entry in Ledger(lake).entries(dataset) if entry.files]
    return {entry.batch_id: live.records(entry).to_pylist() for entry in entries}
