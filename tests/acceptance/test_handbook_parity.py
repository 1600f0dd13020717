"""The handbook's data on DuckDB and on Spark: every column of every feature table is the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.demo import TRANSACTIONS

FEATURES = ("features.feat_transactions", "features.feat_transactions_history")


@pytest.fixture(scope="module")
def report(home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int]]:
    """What `sentinel parity` says of each table."""
    folder = tmp_path_factory.mktemp("handbook_parity")
    environment = {
        **os.environ, "SENTINEL_HOME": str(folder / "home"), "SENTINEL_SPARK_MEMORY": "8g",
        "SENTINEL_SPARK_SHUFFLE_PARTITIONS": "8",
    }  # fmt: skip
    command = [
        str(Path(sys.executable).with_name("sentinel")), "parity", "--engines", "duckdb,spark",
        "--lake", str(home / "lake"), "--report", str(folder / "report.json"), "--runs", "1",
        "--select", "+feat_transactions", "--select", "+feat_transactions_history",
        "--no-tests", "--no-full-refresh",
    ]  # fmt: skip
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    said = json.loads((folder / "report.json").read_text())
    return {each["table"]: each for each in said["tables"]}


@pytest.mark.parametrize("table", FEATURES)
def test_no_value_differs(report: dict[str, dict[str, int]], table: str) -> None:
    assert report[table]["rows"] == TRANSACTIONS
    assert report[table]["mismatches"] == 0


def test_nor_in_what_they_are_made_of(report: dict[str, dict[str, int]]) -> None:
    assert len(report) > 10
    assert sum(each["mismatches"] for each in report.values()) == 0
