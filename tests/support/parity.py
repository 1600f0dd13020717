"""Every table of one warehouse against the same table of another.

Belongs here: which tables, and what of them is each warehouse's own. Does not belong here: when two
values are the same; see `sentinel.parity`.
"""

from collections.abc import Collection

from sentinel.parity import Comparison, Table, compare, tables
from tests.support.warehouse import Warehouse, manifest

# Records name the file they lie in, batches the clock's time of their commit: of another lake.
_OF_LAKE = ("_file", "delivered_at")
EVERY_SCHEMA = ("staging", "intermediate", "features", "marts", "ops", "reference")


def tables_of(schemas: Collection[str]) -> list[Table]:
    """The project's tables in some schemas; those about dbt's own runs are left out."""
    return [each for each in tables(manifest().to_dict()) if each.schema in schemas]


def compared(
    expected: Warehouse, found: Warehouse, schemas: Collection[str] = EVERY_SCHEMA
) -> list[Comparison]:
    """What two warehouses hold of each table that dbt builds."""
    return [
        compare(
            name, table.key, expected.rows([name])[name], found.rows([name])[name],
            (*table.ignored, *_OF_LAKE),
        )
        for table in tables_of(schemas)
        for name in (f"{table.schema}.{table.name}",)
    ]  # fmt: skip


def differing(found: Collection[Comparison]) -> list[str]:
    """A line for each table that is not the same."""
    return [str(each) for each in found if not each.is_equal]
