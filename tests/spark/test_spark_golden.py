"""The golden data set on Spark: what is built anew, and what grows from it in several runs, one of
which is killed, are the rows that DuckDB has; every data test says what it says there.
"""

from dataclasses import dataclass

import pytest

from tests.support import golden
from tests.support.fixtures import empty_warehouse
from tests.support.parity import compared, differing
from tests.support.spark_warehouse import SparkWarehouse
from tests.support.warehouse import Warehouse, failures, results

pytestmark = pytest.mark.xdist_group("spark")

__all__ = ["empty_warehouse"]

NO_UNIT_TESTS = ("--exclude", "resource_type:unit_test", "resource_type:snapshot")


@dataclass
class Both:
    """A warehouse on each engine, with the same deliveries."""

    duckdb: Warehouse
    spark: SparkWarehouse

    def deliver(self, run: int) -> None:
        """The batches of one run."""
        for each in golden.deliveries(run):
            for warehouse in (self.duckdb, self.spark):
                warehouse.deliver(each.dataset, each.batch_id, each.rows, each.received_at)


@pytest.fixture(scope="module")
def both(empty_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Both:
    """The first deliveries, which Spark builds anew."""
    folder = tmp_path_factory.mktemp("golden_on_spark")
    found = Both(empty_warehouse.copied_to(folder / "duckdb"), SparkWarehouse(folder / "spark"))
    found.deliver(golden.runs()[0])
    found.duckdb.dbt("run")
    found.spark.dbt("build", *NO_UNIT_TESTS, "resource_type:test")
    return found


def test_what_was_built_anew_is_what_duckdb_built(both: Both) -> None:
    found = compared(both.duckdb, both.spark)
    assert differing(found) == []
    assert len(found) > 35
    assert sum(each.left_row_count for each in found) > 500


def test_what_grew_and_was_killed_is_what_duckdb_built_and_passes_what_passes_there(
    both: Both,
) -> None:
    """On DuckDB each further delivery has a run of its own; on Spark all are taken by one that is
    killed, and one that goes on from there.
    """
    for run in golden.runs()[1:]:
        both.deliver(run)
        both.duckdb.dbt("run")
    count = "select count(*) from dev_features.feat_transactions"
    before = both.spark.query(count)
    with both.spark.killed_while_overwriting("features.feat_transactions"):
        both.spark.dbt("run", check=False)
    both.spark.execute("refresh table dev_features.feat_transactions")
    assert both.spark.query(count) < before
    built = both.spark.dbt("build", *NO_UNIT_TESTS)
    assert both.spark.query(count) > before
    statuses = {each.node.unique_id: each.status for each in results(built, "test")}
    expected = results(both.duckdb.dbt("test", *NO_UNIT_TESTS), "test")
    assert statuses == {each.node.unique_id: each.status for each in expected}
    assert len(statuses) > 150
    found = compared(both.duckdb, both.spark)
    assert differing(found) == []
    assert sum(each.left_row_count for each in found) > 500


def test_a_snapshot_needs_an_open_table_format_and_says_so(
    both: Both,
) -> None:
    done = both.spark.dbt("snapshot", check=False)
    assert not done.success
    messages = [each.message for each in results(done, "snapshot")]
    assert len(messages) == 2
    assert all("Snapshot functionality requires file_format" in message for message in messages)


def test_personal_data_is_found_on_spark_too(both: Both) -> None:
    """dbt-spark does not take its own type for text: the test would look at no column at all."""
    spark = both.spark
    test = ("test", "--select", "no_personal_data_fct_transactions_")
    assert len(results(spark.dbt(*test), "test")) == 1
    spark.execute(
        "create table dev_marts.spoiled using parquet as select * from dev_marts.fct_transactions",
        "insert overwrite table dev_marts.fct_transactions by name select * except (device_id), "
        "'x 4111111111111111' as device_id from dev_marts.spoiled",
    )
    assert failures(spark.dbt(*test, check=False))
