"""Every table of one warehouse against the same table of another.

Belongs here: which tables, and what of them is each warehouse's own. Does not belong here: when two
values are the same; see `sentinel.parity`.
"""

from collections.abc import Collection, Iterable
from typing import Protocol

from sentinel.parity import Comparison, Table, compare, tables
from tests.support.warehouse import Row, manifest

# Records name the file they lie in, batches the clock's time of their commit: of another lake.
_OF_LAKE = ("_file", "delivered_at")
EVERY_SCHEMA = ("staging", "intermediate", "features", "marts", "ops", "reference")


class Readable(Protocol):
    """A warehouse, as far as comparing goes."""

    def rows(self, models: Iterable[str]) -> dict[str, list[Row]]:
        """Every row of each model."""


def tables_of(schemas: Collection[str]) -> list[Table]:
    """The project's tables in some schemas; those about dbt's own runs are left out."""
    return [each for each in tables(manifest().to_dict()) if each.schema in schemas]


def compared(
    expected: Readable,
    found: Readable,
    schemas: Collection[str] = EVERY_SCHEMA,
    models: Collection[str] | None = None,
) -> list[Comparison]:
    """What two warehouses hold of each table that dbt builds in some schemas; or of named ones."""
    return [
        compare(
            name, table.key, expected.rows([name])[name], found.rows([name])[name],
            (*table.ignored, *_OF_LAKE),
        )
        for table in tables_of(schemas)
        for name in (f"{table.schema}.{table.name}",)
        if models is None or name in models
    ]  # fmt: skip


def differing(found: Collection[Comparison]) -> list[str]:
    """A line for each table that is not the same."""
    return [str(each) for each in found if not each.is_equal]
