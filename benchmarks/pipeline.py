"""The whole job, measured from outside: landing, building, testing.

Belongs here: what a user waits for. Does not belong here: parts of it; see `features`.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.measure import Measured, run
from sentinel.settings import REPOSITORY_ROOT


@dataclass(frozen=True)
class JobFigures:
    """One job over some rows: seconds and peak bytes of landing and of building with tests."""

    row_count: int
    landing: Measured
    building: Measured

    @property
    def peak_bytes(self) -> int:
        """The greater of the two peaks."""
        return max(self.landing.peak_bytes, self.building.peak_bytes)


def environment(home: Path) -> dict[str, str]:
    """Variables that keep a run's state in a folder of its own."""
    return {
        "SENTINEL_HOME": str(home),
        "SENTINEL_SAMPLE": "false",
        "DBT_TARGET_PATH": str(home / "dbt" / "target"),
        "DBT_LOG_PATH": str(home / "dbt" / "logs"),
        "DAGSTER_HOME": str(home / "dagster"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }


def measure_job(home: Path, mapping: str, source: Path, with_tests: bool = True) -> JobFigures:
    """Lands a source and builds the warehouse from it, data tests included or not."""
    settings = environment(home)
    landing = run(["sentinel", "land", mapping, str(source)], settings, REPOSITORY_ROOT)
    command = ["dbt", "build", "--quiet", "--exclude-resource-type", "unit_test"]
    if not with_tests:
        command += ["--exclude-resource-type", "test"]
    building = run(command, settings, REPOSITORY_ROOT)
    with duckdb.connect(str(home / "sentinel.duckdb"), read_only=True) as connection:
        row = connection.execute("select count(*) from marts.fct_transactions").fetchone()
    return JobFigures(row[0] if row else 0, landing, building)


def measure_generated(
    home: Path, transactions: int, with_tests: bool = True
) -> tuple[Measured, JobFigures]:
    """Generates synthetic transactions, then the same job on them."""
    folder = home / "landing" / "generated"
    folder.parent.mkdir(parents=True, exist_ok=True)
    generated = run(
        ["sentinel", "generate", str(folder), "--transactions", str(transactions)],
        environment(home), REPOSITORY_ROOT,
    )  # fmt: skip
    return generated, measure_job(home, "synthetic", folder, with_tests)


def measure_demo(home: Path) -> Measured:
    """`make demo` with everything installed: the time to the first result."""
    return run(["make", "demo"], environment(home), REPOSITORY_ROOT)


def measure_no_change_build(home: Path, model: str) -> Measured:
    """`dbt build` of one model when nothing has changed: what an engineer waits for all day."""
    command = ["dbt", "build", "--quiet", "--select", model]
    run(command, environment(home), REPOSITORY_ROOT)
    return run(command, environment(home), REPOSITORY_ROOT)
