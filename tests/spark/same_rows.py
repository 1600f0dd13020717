"""Every table of a warehouse of Spark against the same table of DuckDB.

Belongs here: which tables there are, and what identifies a row of each. Does not belong here: the
data.
"""

from collections.abc import Mapping, Sequence

from tests.support.comparison import differences
from tests.support.spark_warehouse import SparkWarehouse
from tests.support.warehouse import Row, Warehouse, manifest

# They tell of the runs of a warehouse, which two warehouses do not share.
_OF_RUNS = {"ops.pipeline_runs", "ops.data_quality_scorecard"}
_RECORDS = ("_batch_id", "_position")
# Keys that no test of the model's own names.
_KEYS: Mapping[str, Sequence[str]] = {
    "staging.stg_lake__quarantined_records": _RECORDS,
    "staging.stg_lake__replayed_records": ("quarantined_batch_id", "quarantined_position"),
}


def tables() -> list[str]:
    """Every model and seed as schema and name."""
    nodes = manifest().nodes.values()
    found = {
        f"{node.schema}.{node.name}"
        for node in nodes
        if str(node.resource_type) in ("model", "seed")
    }
    return sorted(found - _OF_RUNS)


def keys() -> dict[str, Sequence[str]]:
    """What identifies a row of each table: the columns that a test says are unique."""
    nodes = manifest().nodes
    found: dict[str, Sequence[str]] = dict.fromkeys(tables(), _RECORDS) | dict(_KEYS)
    for node in nodes.values():
        tested = nodes.get(getattr(node, "attached_node", None) or "")
        if tested is None or str(node.resource_type) != "test":
            continue
        name = f"{tested.schema}.{tested.name}"
        if node.test_metadata.name == "unique":
            found[name] = (node.column_name,)
        elif node.test_metadata.name == "unique_combination_of_columns":
            found[name] = node.test_metadata.kwargs["combination_of_columns"]
    return found


def compare(
    duckdb: Warehouse, spark: SparkWarehouse
) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Rows compared in each table, and what differs in those that do."""
    counts, wrong, key = {}, {}, keys()
    for table in tables():
        (expected,) = duckdb.rows([table]).values()
        (found,) = spark.rows([table]).values()
        counts[table] = len(expected)
        if lines := differences(_comparable(expected), _comparable(found), key[table]):
            wrong[table] = lines
    return counts, wrong


def _comparable(rows: list[Row]) -> list[Row]:
    """The two warehouses read lakes of their own, into which the same was delivered: of a record's
    file the name is the same, of a batch the time of its commit is not.
    """
    found = [{name: v for name, v in row.items() if name != "delivered_at"} for row in rows]
    for row in found:
        if "_file" in row:
            row["_file"] = row["_file"].rsplit("/", 1)[-1]
    return found
