"""The dbt sources that follow from the contracts.

Belongs here: rendering `_lake__sources.yml`. Does not belong here: anything an engineer writes by
hand about a model.
"""

from pathlib import Path
from typing import Any

import yaml

from sentinel.contracts.contract import METADATA_COLUMNS, Column, contracts
from sentinel.lake import LEDGER, QUARANTINE, RAW, REPLAYED
from sentinel.settings import REPOSITORY_ROOT

SOURCES_FILE = REPOSITORY_ROOT / "dbt_project" / "models" / "staging" / "_lake__sources.yml"
_HEADER = "# Rendered from sentinel/contracts by `sentinel contracts render`; edit those.\n"
_LEDGER_COLUMNS = (
    ("batch_id", "varchar", "Identifier of the delivered batch, unique across datasets."),
    ("dataset", "varchar", "Dataset the batch belongs to."),
    ("source", "varchar", "Where the batch came from."),
    ("schema_version", "bigint", "Version of the contract it was validated against."),
    ("produced_row_count", "bigint", "Records the source handed over."),
    (
        "replayed_row_count",
        "bigint",
        "Records taken from the quarantine of earlier batches; null is 0.",
    ),
    ("delivered_row_count", "bigint", "Records written to the raw zone."),
    ("quarantined_row_count", "bigint", "Records written to quarantine."),
    ("min_event_at", "timestamp", "Earliest event time in the batch, UTC."),
    ("max_event_at", "timestamp", "Latest event time in the batch, UTC."),
    ("checksum", "varchar", "Hash over the batch's files."),
    ("delivered_at", "timestamp", "UTC time of the commit."),
)
_QUARANTINE_COLUMNS = (
    ("dataset", "varchar", "Dataset the record was meant for."),
    ("reason", "varchar", "Why it was rejected."),
    ("field", "varchar", "Column the reason is about, where there is one."),
    ("payload", "varchar", "The record as JSON, personal values replaced by tokens."),
    ("_batch_id", "varchar", "Batch the record came with."),
    ("_source", "varchar", "Where it came from."),
    ("_position", "bigint", "Position in the source file, or else in the batch, from 0."),
    ("_ingested_at", "timestamp", "UTC time at which the record entered."),
)
_REPLAYED_COLUMNS = (
    ("dataset", "varchar", "Dataset of the record."),
    ("quarantined_batch_id", "varchar", "Batch that had rejected the record."),
    ("quarantined_position", "bigint", "Its position in that batch's source, or in the batch."),
    ("_batch_id", "varchar", "Batch that delivered it after all."),
)

# Columns of the sources that say something about batches, by name.
LAKE_COLUMNS = {
    LEDGER: _LEDGER_COLUMNS,
    QUARANTINE: _QUARANTINE_COLUMNS,
    REPLAYED: _REPLAYED_COLUMNS,
}


def render() -> str:
    """The text of the sources file."""
    document = {"version": 2, "sources": [_raw(), _ledger()]}
    return _HEADER + yaml.safe_dump(document, sort_keys=False, width=98, allow_unicode=True)


def write(path: Path = SOURCES_FILE) -> None:
    """Renders the sources file in place."""
    path.write_text(render())


def _raw() -> dict[str, Any]:
    tables = [
        {
            "name": one.dataset,
            "description": f"{one.grain[0].upper()}{one.grain[1:]}, as delivered: every version, "
            f"duplicates included. {one.description}",
            "config": {
                "meta": {
                    "external": {
                        "pattern": f"{RAW}/{one.dataset}/*/*.parquet",
                        "format": "parquet",
                        "dataset": one.dataset,
                    },
                    "owner": one.owner,
                },
                "freshness": {"warn_after": {"count": 24, "period": "hour"}},
                "loaded_at_field": "_ingested_at",
            },
            "columns": [*map(_column, (*one.columns, *METADATA_COLUMNS)), _event_date()],
        }
        for one in contracts().values()
    ]
    return {
        "name": RAW,
        "schema": RAW,
        "description": "Raw zone of the lake: immutable Parquet files by dataset and event date.",
        "tables": tables,
    }


def _ledger() -> dict[str, Any]:
    return {
        "name": "lake",
        "schema": "lake",
        "description": "What the lake knows about its batches.",
        "tables": [
            _table("ledger", "One delivered batch; a batch that is not here does not exist.",
                   f"{LEDGER}/*/*.json", "json", _LEDGER_COLUMNS),
            _table("quarantine", "One rejected record, with the reason.",
                   f"{QUARANTINE}/*/*.parquet", "parquet", _QUARANTINE_COLUMNS, "rejected_file"),
            _table("replayed", "One rejected record that a later batch delivered after all.",
                   f"{REPLAYED}/*/*.parquet", "parquet", _REPLAYED_COLUMNS, "replayed_file"),
        ],
    }  # fmt: skip


def _table(
    name: str, description: str, pattern: str, file_format: str,
    columns: tuple[tuple[str, str, str], ...], named_by: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A source; `named_by` is the field of the ledger that names its files."""
    external = {"pattern": pattern, "format": file_format}
    if named_by:
        external["named_by"] = named_by
    return {
        "name": name,
        "description": description,
        "config": {"meta": {"external": external, "owner": "data-platform"}},
        "columns": [
            {"name": column, "data_type": kind, "description": text,
             "config": {"meta": {"classification": "internal"}}}
            for column, kind, text in columns
        ],
    }  # fmt: skip


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "data_type": column.sql_type,
        "description": column.description,
        "config": {"meta": {"classification": column.classification}},
    }


def _event_date() -> dict[str, Any]:
    return {
        "name": "event_date",
        "data_type": "date",
        "description": "Partition: the UTC date of the event time, or the first day of its year.",
        "config": {"meta": {"classification": "internal"}},
    }
