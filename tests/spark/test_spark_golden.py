"""The golden data set on Spark: what is built in several runs, one of which is killed, and what a
full build makes of it, are the rows that DuckDB has; every data test says what it says there.
"""

import shutil

import pytest
from same_rows import compare, tables

from tests.support import golden
from tests.support.compactions import compact_everything
from tests.support.comparison import differences
from tests.support.fixtures import empty_warehouse
from tests.support.spark_warehouse import SparkWarehouse
from tests.support.warehouse import Warehouse, failures, results

pytestmark = pytest.mark.xdist_group("spark")

__all__ = ["empty_warehouse"]

FEATURE_COUNT = "select count(*) from dev_features.feat_transactions"
NO_UNIT_TESTS = ("--exclude", "resource_type:unit_test", "resource_type:snapshot")


@pytest.fixture(scope="module")
def warehouses(
    empty_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Warehouse, SparkWarehouse]:
    """DuckDB's takes every delivery in a run of its own; Spark's, which costs minutes, takes the
    first, and then all others, in a run that is killed and one that goes on from there."""
    folder = tmp_path_factory.mktemp("golden_on_spark")
    duckdb, spark = empty_warehouse.copied_to(folder / "duckdb"), SparkWarehouse(folder / "spark")
    for run in golden.runs():
        for each in golden.deliveries(run):
            for warehouse in (duckdb, spark):
                warehouse.deliver(each.dataset, each.batch_id, each.rows, each.received_at)
        duckdb.dbt("run")
        if run == golden.runs()[0]:
            spark.dbt("build", *NO_UNIT_TESTS, "resource_type:test")
    before = spark.query(FEATURE_COUNT)
    with spark.killed_while_overwriting("features.feat_transactions"):
        spark.dbt("run", check=False)
    spark.execute("refresh table dev_features.feat_transactions")
    assert spark.query(FEATURE_COUNT) < before
    spark.dbt("run")
    assert spark.query(FEATURE_COUNT) > before
    return duckdb, spark


def test_what_grew_and_was_killed_is_what_duckdb_built(
    warehouses: tuple[Warehouse, SparkWarehouse],
) -> None:
    counts, wrong = compare(*warehouses)
    assert not wrong
    assert len(counts) == len(tables()) > 30
    assert sum(counts.values()) > 500


def test_a_full_build_makes_the_same_and_passes_every_test(
    warehouses: tuple[Warehouse, SparkWarehouse],
) -> None:
    duckdb, spark = warehouses
    built = spark.dbt("build", "--full-refresh", *NO_UNIT_TESTS)
    expected = duckdb.dbt("build", "--full-refresh", *NO_UNIT_TESTS)
    statuses = {each.node.unique_id: each.status for each in results(built, "test")}
    assert statuses == {each.node.unique_id: each.status for each in results(expected, "test")}
    assert len(statuses) > 150
    assert not compare(*warehouses)[1]


def test_a_snapshot_needs_an_open_table_format_and_says_so(
    warehouses: tuple[Warehouse, SparkWarehouse],
) -> None:
    done = warehouses[1].dbt("snapshot", check=False)
    assert not done.success
    messages = [each.message for each in results(done, "snapshot")]
    assert len(messages) == 2
    assert all("Snapshot functionality requires file_format" in message for message in messages)


def test_only_live_files_are_read(warehouses: tuple[Warehouse, SparkWarehouse]) -> None:
    """Compacted files beside those they replace, and one that nobody committed. Last: it changes
    the lake."""
    duckdb, spark = warehouses
    committed = next((spark.home / "lake/raw/transactions").glob("*/*.parquet"))
    assert compact_everything(spark.lake) > 0
    shutil.copy(committed, committed.with_name("nobody-000000000000.parquet"))
    spark.dbt("run", "--select", "stg_raw__transactions")
    (expected,) = duckdb.rows(["staging.stg_raw__transactions"]).values()
    (found,) = spark.rows(["staging.stg_raw__transactions"]).values()
    for row in expected + found:
        del row["_file"]
    assert not differences(expected, found, ("_batch_id", "_position"), exact=True)


def test_personal_data_is_found_on_spark_too(warehouses: tuple[Warehouse, SparkWarehouse]) -> None:
    """dbt-spark does not take its own type for text: the test would look at no column at all."""
    _, spark = warehouses
    test = ("test", "--select", "no_personal_data_fct_transactions_")
    assert len(results(spark.dbt(*test), "test")) == 1
    spark.execute(
        "create table dev_marts.spoiled using parquet as select * from dev_marts.fct_transactions",
        "insert overwrite table dev_marts.fct_transactions by name select * except (device_id), "
        "'x 4111111111111111' as device_id from dev_marts.spoiled",
    )
    assert failures(spark.dbt(*test, check=False))
