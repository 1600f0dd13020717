"""What is in quarantine.

Belongs here: reading rejected records, and which of them a later batch has delivered after all.
Does not belong here: delivering them; see `recovery`.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow.parquet as pq

from sentinel.contracts import contracts
from sentinel.errors import SentinelError
from sentinel.lake import Lake
from sentinel.ledger import Ledger, LedgerEntry


class UnknownBatchError(SentinelError):
    """No batch of that id is in the ledger."""


@dataclass(frozen=True)
class QuarantinedRecord:
    """One rejected record.

    Attributes:
        payload: the record as JSON where it could be parsed, personal values as tokens.
        batch_id: batch it was rejected from; with `position` it names the record.
        ingested_at: UTC time at which it entered, which it keeps when it is delivered after all.
        is_replayed: whether a later batch has delivered it.
    """

    dataset: str
    reason: str
    field: str | None
    payload: str
    batch_id: str
    source: str
    position: int
    ingested_at: datetime
    is_replayed: bool


@dataclass(frozen=True)
class Selection:
    """Which rejected records; None is any."""

    dataset: str | None = None
    batch_id: str | None = None
    reason: str | None = None
    source: str | None = None
    day: date | None = None

    def holds(self, record: QuarantinedRecord) -> bool:
        """Whether the record is one of them."""
        return (
            self.batch_id in (None, record.batch_id)
            and self.reason in (None, record.reason)
            and self.source in (None, record.source)
            and self.day in (None, record.ingested_at.date())
        )


def quarantined(lake: Lake, selection: Selection) -> Iterator[QuarantinedRecord]:
    """The selected records by dataset, batch and position, those replayed since included.

    Raises:
        UnknownBatchError: when a batch is selected that does not exist.
    """
    entries = list(Ledger(lake).entries(selection.dataset))
    if selection.batch_id and all(each.batch_id != selection.batch_id for each in entries):
        raise UnknownBatchError(
            f"no batch {selection.batch_id!r} in the ledger"
            f"{f' of {selection.dataset}' if selection.dataset else ''}; `sentinel quarantine "
            "list` shows those with rejected records."
        )
    replayed = _replayed(lake, entries)
    for entry in entries:
        if entry.rejected_file and selection.batch_id in (None, entry.batch_id):
            yield from filter(selection.holds, _rejected(lake, entry, replayed))


def dataset_of(lake: Lake, batch_id: str) -> str:
    """The dataset of a batch; raises UnknownBatchError."""
    ledger = Ledger(lake)
    for dataset in contracts():
        if ledger.is_committed(dataset, batch_id):
            return dataset
    raise UnknownBatchError(
        f"no batch {batch_id!r} in the ledger; `sentinel quarantine list` shows those with "
        "rejected records."
    )


def _rejected(
    lake: Lake, entry: LedgerEntry, replayed: set[tuple[str, int]]
) -> Iterator[QuarantinedRecord]:
    assert entry.rejected_file is not None
    content = pq.ParquetFile(io.BytesIO(lake.read(entry.rejected_file)))
    for row in sorted(content.read().to_pylist(), key=lambda each: each["_position"]):
        yield QuarantinedRecord(
            dataset=entry.dataset,
            reason=row["reason"],
            field=row["field"],
            payload=row["payload"] or "",
            batch_id=entry.batch_id,
            source=row["_source"],
            position=row["_position"],
            ingested_at=row["_ingested_at"],
            is_replayed=(entry.batch_id, row["_position"]) in replayed,
        )


def _replayed(lake: Lake, entries: list[LedgerEntry]) -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for entry in entries:
        if entry.replayed_file:
            content = pq.ParquetFile(io.BytesIO(lake.read(entry.replayed_file)))
            columns = content.read(["quarantined_batch_id", "quarantined_position"])
            found.update(zip(*columns.to_pydict().values(), strict=True))
    return found
