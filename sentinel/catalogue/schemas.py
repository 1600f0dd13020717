"""The tables of the catalogue, as the contracts and the dbt sources have them.

Belongs here: names, columns, types. Does not belong here: files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sentinel.contracts import contracts
from sentinel.contracts.contract import METADATA_COLUMNS
from sentinel.contracts.dbt_sources import LAKE_COLUMNS
from sentinel.lake import LEDGER, RAW

PARTITION = "event_date"
SYMLINKS = "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat"
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_HIVE_TYPES = {"varchar": "string"}
_LAKE = "lake"


@dataclass(frozen=True)
class CatalogueTable:
    """One table.

    Attributes:
        schema: schema of the dbt source: `raw`, or `lake`.
        name: name of the source.
        columns: names and SQL types, the partition's left out.
        is_partitioned: whether it is read by event date.
        is_linked: whether its folders hold lists of files rather than files.
    """

    schema: str
    name: str
    columns: tuple[tuple[str, str], ...]
    is_partitioned: bool
    is_linked: bool

    def definition(self, location: str) -> dict[str, Any]:
        """The table as Glue takes it."""
        table: dict[str, Any] = {
            "Name": self.name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
            "StorageDescriptor": self.storage(location),
        }
        if self.is_partitioned:
            table["PartitionKeys"] = [{"Name": PARTITION, "Type": "date"}]
        return table

    def storage(self, location: str) -> dict[str, Any]:
        """How the files below a place are read."""
        return {
            "Columns": [
                {"Name": name, "Type": _HIVE_TYPES.get(kind, kind)} for name, kind in self.columns
            ],
            "Location": location,
            "InputFormat": SYMLINKS if self.is_linked else _PARQUET,
            "OutputFormat": _OUTPUT,
            "SerdeInfo": {"SerializationLibrary": _SERDE},
        }


def catalogue_tables() -> list[CatalogueTable]:
    """Every table: one for each dataset, and what the lake says about its batches."""
    raw = [
        CatalogueTable(
            RAW,
            one.dataset,
            tuple((each.name, each.sql_type) for each in (*one.columns, *METADATA_COLUMNS)),
            is_partitioned=True,
            is_linked=True,
        )
        for one in contracts().values()
    ]
    lake = [
        CatalogueTable(_LAKE, name, _typed(columns), False, is_linked=name != LEDGER)
        for name, columns in LAKE_COLUMNS.items()
    ]
    return raw + lake


def _typed(columns: Sequence[tuple[str, str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, kind) for name, kind, _ in columns)
