"""The rows of a lake, as its ledger tells of them.

Belongs here: reading what entries list, and that both agree. Does not belong here: what the rows
should be.
"""

import io
from typing import Any

import pyarrow.parquet as pq

from sentinel.lake import Lake
from sentinel.ledger import Ledger

Row = dict[str, Any]
BY_BATCH = ("_batch_id", "_position", "_source")
"""Columns that say which batch a record came with, and so differ between ways of delivery."""


def delivered_rows(lake: Lake, dataset: str) -> list[Row]:
    """Rows of the raw zone; each file has as many as its entry says, all of that batch."""
    found: list[Row] = []
    for entry in Ledger(lake).entries(dataset):
        count = 0
        for file in entry.files:
            rows = _rows(lake, file.path)
            assert len(rows) == file.row_count, file.path
            assert {row["_batch_id"] for row in rows} == {entry.batch_id}
            count += len(rows)
            found += rows
        assert count == entry.delivered_row_count
    return found


def quarantined_rows(lake: Lake, dataset: str) -> list[Row]:
    """Rows of the quarantine; as many as the entries say."""
    found: list[Row] = []
    for entry in Ledger(lake).entries(dataset):
        rows = _rows(lake, entry.rejected_file) if entry.rejected_file else []
        assert len(rows) == entry.quarantined_row_count
        found += rows
    return found


def produced_count(lake: Lake, dataset: str) -> int:
    """Records that sources handed over, by the ledger."""
    return sum(entry.produced_row_count for entry in Ledger(lake).entries(dataset))


def comparable(rows: list[Row]) -> list[str]:
    """Rows without what says which batch they came with, in an order of their own."""
    return sorted(
        repr({name: value for name, value in sorted(row.items()) if name not in BY_BATCH})
        for row in rows
    )


def _rows(lake: Lake, path: str) -> list[Row]:
    return pq.ParquetFile(io.BytesIO(lake.read(path))).read().to_pylist()
