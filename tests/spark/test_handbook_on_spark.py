"""The handbook's card transactions on Spark: every column of every feature table as DuckDB has it.

Belongs here: the two engines on data that nobody here wrote. Needs `../shared/data/handbook` beside
the clone, which is why `make test` leaves it out; takes minutes.
"""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from sentinel.settings import REPOSITORY_ROOT
from tests.acceptance.test_handbook import HANDBOOK, TRANSACTIONS
from tests.support.comparison import RELATIVE_TOLERANCE

TABLES = ("feat_transactions", "feat_transactions_history")
SELECTED = ("--select", "+feat_transactions", "+feat_transactions_history")
WITHOUT_TESTS = ("--exclude", "resource_type:test", "resource_type:unit_test")


def _run(home: Path, *command: str) -> None:
    environment = {
        **os.environ,
        "SENTINEL_HOME": str(home),
        "SENTINEL_SAMPLE": "false",
        "SENTINEL_SCHEMA": "dev",
        "DBT_TARGET_PATH": str(home / "dbt" / "target"),
        "DBT_LOG_PATH": str(home / "dbt" / "logs"),
    }
    done = subprocess.run(
        command, cwd=REPOSITORY_ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One lake, built by both engines."""
    folder = tmp_path_factory.mktemp("handbook_on_spark")
    sentinel, dbt = (str(Path(sys.executable).with_name(each)) for each in ("sentinel", "dbt"))
    _run(folder, sentinel, "land", "handbook", str(HANDBOOK))
    _run(folder, dbt, "build", *SELECTED, *WITHOUT_TESTS, "--target", "duckdb")
    _run(folder, sys.executable, "-m", "spark_job", "build", *SELECTED)
    return folder


@pytest.mark.parametrize("table", TABLES)
def test_no_value_differs(home: Path, table: str) -> None:
    files = home / "spark" / "warehouse" / f"dev_features.db/{table}/*/*.parquet"
    with duckdb.connect(str(home / "sentinel.duckdb"), read_only=True) as warehouse:
        columns = dict(
            warehouse.execute(
                "select column_name, data_type from duckdb_columns() where table_name = ?", [table]
            ).fetchall()
        )
        differs = ", ".join(
            f"count(*) filter ({_differ(name, kind)}) as {name}" for name, kind in columns.items()
        )
        counted = warehouse.sql(
            f"select count(*) as row_count, {differs} from features.{table} as here full join "
            f"(select * from read_parquet('{files}')) as there using (transaction_id)"
        )
        found = dict(zip(counted.columns, counted.fetchone() or (), strict=True))
    assert found.pop("row_count") == TRANSACTIONS
    assert len(found) > 14
    assert not {name: count for name, count in found.items() if count}


def _differ(name: str, kind: str) -> str:
    """Floats to nine digits; everything else as it is."""
    if name == "transaction_id":
        return "here.customer_id is null or there.customer_id is null"
    if kind != "DOUBLE":
        there = f"there.{name} at time zone 'UTC'" if kind == "TIMESTAMP" else f"there.{name}"
        return f"here.{name} is distinct from {there}"
    apart = f"abs(here.{name} - there.{name})"
    allowed = f"greatest({RELATIVE_TOLERANCE} * abs(here.{name}), {RELATIVE_TOLERANCE})"
    return f"here.{name} is null <> there.{name} is null or {apart} > {allowed}"
