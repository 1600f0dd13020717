"""What lies in a lake, for tests of landing: read from the ledger on, as every engine reads it."""

import io
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from batch_ingest import Mapping, load_mapping
from sentinel.lake import Lake
from sentinel.ledger import Ledger, LedgerEntry
from sentinel.settings import Settings

_OF_THE_LOAD = ("_batch_id", "_ingested_at")


def settings_in(folder: Path) -> Settings:
    """Settings of a lake of its own."""
    return Settings(home=folder)


def lake_of(settings: Settings) -> Lake:
    return Lake(settings.lake_location)


def entries(settings: Settings, dataset: str | None = None) -> list[LedgerEntry]:
    return list(Ledger(lake_of(settings)).entries(dataset))


def rows(settings: Settings, dataset: str) -> list[dict[str, Any]]:
    """Every delivered record of a dataset."""
    lake = lake_of(settings)
    return [
        row
        for entry in entries(settings, dataset)
        for file in entry.files
        for row in _table(lake, file.path).to_pylist()
    ]


def quarantine(settings: Settings, dataset: str) -> list[dict[str, Any]]:
    """Every quarantined record of a dataset."""
    lake = lake_of(settings)
    return [
        row
        for entry in entries(settings, dataset)
        if entry.rejected_file
        for row in _table(lake, entry.rejected_file).to_pylist()
    ]


def content(settings: Settings) -> Counter[tuple[str, ...]]:
    """Everything delivered and quarantined, but for what differs from load to load."""
    found: Counter[tuple[str, ...]] = Counter()
    for dataset in ("transactions", "fraud_labels", "customers", "terminals"):
        for kind, records in (
            ("delivered", rows(settings, dataset)),
            ("quarantined", quarantine(settings, dataset)),
        ):
            for record in records:
                kept = {name: value for name, value in record.items() if name not in _OF_THE_LOAD}
                found[(kind, dataset, str(kept))] += 1
    return found


def check_accounts(settings: Settings) -> None:
    """Every commit's numbers are those of its files, and nothing is counted twice."""
    lake = lake_of(settings)
    for entry in entries(settings):
        delivered = sum(_table(lake, file.path).num_rows for file in entry.files)
        assert delivered == entry.delivered_row_count == sum(f.row_count for f in entry.files)
        rejected = _table(lake, entry.rejected_file).num_rows if entry.rejected_file else 0
        assert rejected == entry.quarantined_row_count
        assert entry.produced_row_count == delivered + rejected


def mapping_of(folder: Path, document: dict[str, Any]) -> Mapping:
    """A mapping by way of its YAML file."""
    path = folder / f"{document['name']}.yml"
    path.write_text(yaml.safe_dump(document))
    return load_mapping(path)


def _table(lake: Lake, path: str):
    return pq.ParquetFile(io.BytesIO(lake.read(path))).read()
