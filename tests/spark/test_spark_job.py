"""The entry point as a process of its own: started by Dagster and by hand, with tables that the
next one sees.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from dagster_defs.spark import build_on_spark
from sentinel.settings import REPOSITORY_ROOT
from tests.support.events import later, transaction
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("spark")

MODEL = "int_transactions__versioned"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    warehouse = Warehouse(tmp_path_factory.mktemp("spark_job") / "home")
    warehouse.deliver("transactions", "b1", [transaction("t1", later(seconds=1))])
    return warehouse.home


@pytest.fixture(scope="module", autouse=True)
def environment(home: Path) -> None:
    """What a process inherits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SENTINEL_ENVIRONMENT", raising=False)
        patch.delenv("SENTINEL_LAKE_URL", raising=False)
        patch.setenv("SENTINEL_HOME", str(home))
        patch.setenv("SENTINEL_LOG_FORMAT", "json")
        patch.setenv("SENTINEL_SPARK_MASTER", "local[1]")
        patch.setenv("SENTINEL_SPARK_SHUFFLE_PARTITIONS", "1")
        patch.setenv("DBT_TARGET_PATH", str(home / "dbt" / "target"))
        patch.setenv("DBT_LOG_PATH", str(home / "dbt" / "logs"))
        yield


def job(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The entry point, started by hand."""
    return subprocess.run(
        [sys.executable, "-m", "spark_job", *arguments],
        cwd=REPOSITORY_ROOT, env=dict(os.environ), capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_dagster_starts_it_and_shows_what_it_reports(home: Path) -> None:
    done = build_on_spark.execute_in_process(
        run_config={"ops": {"run_dbt_on_spark": {"config": {"select": f"+{MODEL}"}}}},
        resources={"spark": dg.PipesSubprocessClient()},
    )
    (event,) = [
        each for each in done.events_for_node("run_dbt_on_spark") if each.is_successful_output
    ]
    metadata = event.step_output_data.metadata
    assert metadata["success"].value >= 3
    assert metadata["pass"].value > 3
    assert list(
        (home / "spark" / "warehouse" / f"dev_intermediate.db/{MODEL}").glob("_event_month=*")
    )


def test_the_next_one_sees_its_tables_clears_what_a_killed_one_left_and_says_what_failed(
    home: Path,
) -> None:
    left = home / "spark" / "warehouse" / "dev_intermediate.db" / "int_terminals__versioned"
    left.mkdir()
    (left / "part-0.parquet").write_bytes(b"half")
    left_out = ("--exclude-resource-type", "unit_test")
    done = job("build", "--full-refresh", "--select", MODEL, "snap_terminals", *left_out)
    assert done.returncode == 1, done.stdout + done.stderr
    told = [json.loads(line) for line in done.stderr.splitlines() if line.startswith('{"')]
    (removed,) = (each["tables"] for each in told if "tables" in each)
    assert removed == ["dev_intermediate.int_terminals__versioned"]
    assert not left.exists()
    done_nodes = {each["name"]: each for each in told if each["event"] == "node done"}
    assert done_nodes.pop("snap_terminals")["status"] == "error"
    assert done_nodes[MODEL]["status"] == "success"
    assert {each["status"] for each in done_nodes.values()} == {"success", "pass"}
