"""What a row costs as rows grow, on DuckDB and on Spark: the feature tables from a landed lake.

Belongs here: measuring. Does not belong here: the page they are shown on; see `page`.
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.measure import Measured, run
from benchmarks.pipeline import environment
from sentinel.settings import REPOSITORY_ROOT

SIZES = {"duckdb": (1_000_000, 10_000_000, 50_000_000), "spark": (1_000_000, 10_000_000)}
# Both feature tables and all they are made of: the windows are what grows.
_SELECTED = (
    "--select", "+feat_transactions", "+feat_transactions_history",
    "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test",
    "--exclude-resource-type", "snapshot",
)  # fmt: skip
_SPARK_MEMORY = "12g"


@dataclass(frozen=True)
class Cost:
    """One engine at one size."""

    engine: str
    row_count: int
    building: Measured

    @property
    def cpu_seconds_per_million(self) -> float:
        """Seconds of processor for a million rows."""
        return self.building.cpu_seconds / self.row_count * 1e6


def measure_scaling(workspace: Path) -> list[Cost]:
    """Each engine's build of the same lakes."""
    costs = []
    for size in sorted({size for sizes in SIZES.values() for size in sizes}):
        home = workspace / f"scaling-{size}"
        land(home, size)
        costs += [build(home, engine) for engine, sizes in SIZES.items() if size in sizes]
        shutil.rmtree(home)
    return costs


def land(home: Path, size: int) -> None:
    """Generates and lands about so many transactions."""
    folder = home / "landing"
    folder.parent.mkdir(parents=True, exist_ok=True)
    run(["sentinel", "generate", str(folder), "--transactions", str(size)],
        environment(home), REPOSITORY_ROOT)  # fmt: skip
    run(["sentinel", "land", "synthetic", str(folder)], environment(home), REPOSITORY_ROOT)


def build(home: Path, engine: str) -> Cost:
    """Builds the feature tables on one engine."""
    if engine == "duckdb":
        command = ["dbt", "build", "--quiet", *_SELECTED, "--target", "duckdb"]
    else:
        command = [sys.executable, "-m", "spark_job", "build", *_SELECTED]
    variables = {**environment(home), "SENTINEL_SPARK_MEMORY": _SPARK_MEMORY}
    building = run(command, variables, REPOSITORY_ROOT)
    files = str(home / "lake" / "raw" / "transactions" / "*" / "*.parquet")
    row = duckdb.sql(f"select count(distinct transaction_id) from '{files}'").fetchone()
    assert row
    return Cost(engine, row[0], building)
