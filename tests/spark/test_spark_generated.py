"""Fifty thousand generated transactions on Spark, with late, duplicate and corrected events: full,
in two runs, and killed in between, they are the rows that DuckDB has.
"""

import shutil
from pathlib import Path

import pytest
from same_rows import compare, tables

from batch_ingest import land, load_mapping
from sentinel.settings import Settings
from sentinel.synthetic import SyntheticConfig, write
from sentinel.variables import environment_variables
from tests.support.spark_warehouse import SparkWarehouse
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("spark")

CONFIG = SyntheticConfig(
    customers=420, terminals=800, days=60, late_rate=0.03, duplicate_rate=0.01, correction_rate=0.01
)
NOTHING_ELSE = ("--exclude", "resource_type:unit_test", "resource_type:snapshot")


@pytest.fixture(scope="module")
def duckdb(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """All of it, built at once."""
    folder = tmp_path_factory.mktemp("generated")
    write(CONFIG, folder / "landing")
    warehouse = Warehouse(folder / "duckdb")
    with environment_variables({"SENTINEL_HOME": str(warehouse.home), "SENTINEL_LAKE_URL": None}):
        land(Settings.load(), load_mapping("synthetic"), str(folder / "landing"))
    warehouse.dbt("build", *NOTHING_ELSE)
    return warehouse


@pytest.fixture(scope="module")
def spark(duckdb: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> SparkWarehouse:
    """The same in two runs: the batches of the last third of the files wait for the second."""
    home = tmp_path_factory.mktemp("generated_on_spark") / "home"
    shutil.copytree(duckdb.home / "lake", home / "lake")
    warehouse = SparkWarehouse(home)
    waiting = _held_back(home)
    warehouse.dbt("build", *NOTHING_ELSE)
    before = warehouse.query("select count(*) from dev_marts.fct_transactions")
    for entry, place in waiting.items():
        entry.rename(place)
    with warehouse.killed_while_overwriting("features.feat_transactions"):
        warehouse.dbt("run", check=False)
    warehouse.dbt("build", *NOTHING_ELSE)
    after = warehouse.query("select count(*) from dev_marts.fct_transactions")
    assert 20_000 < before[0][0] < after[0][0] - 5_000
    return warehouse


def _held_back(home: Path) -> dict[Path, Path]:
    """Ledger entries that are put aside, and where they were."""
    aside = home / "held_back"
    aside.mkdir()
    entries = sorted((home / "lake" / "ledger" / "transactions").glob("*.json"))
    entries += sorted((home / "lake" / "ledger" / "fraud_labels").glob("*.json"))
    held = {}
    for number, entry in enumerate(entries):
        if number % 3 == 0:
            held[entry.rename(aside / f"{entry.parent.name}-{entry.name}")] = entry
    return held


def test_what_grew_and_was_killed_is_what_duckdb_built_at_once(
    duckdb: Warehouse, spark: SparkWarehouse
) -> None:
    counts, wrong = compare(duckdb, spark)
    assert not wrong
    assert len(counts) == len(tables())
    assert counts["marts.fct_transactions"] > 45_000
    assert counts["intermediate.int_transactions__versioned"] > counts["marts.fct_transactions"]


def test_a_full_build_is_the_same(duckdb: Warehouse, spark: SparkWarehouse) -> None:
    spark.dbt("build", "--full-refresh", *NOTHING_ELSE)
    assert not compare(duckdb, spark)[1]
