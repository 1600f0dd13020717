"""What a row costs as rows grow, on DuckDB and on Spark: both feature tables from a landed lake.

Belongs here: measuring. Does not belong here: how it is shown; docs/scaling.md says what follows
from it for machines that nobody measured.
"""

import shutil
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from benchmarks.measure import Measured, run
from benchmarks.pipeline import environment
from sentinel.settings import REPOSITORY_ROOT

SIZES = {
    "duckdb": (1_000_000, 10_000_000, 50_000_000),
    "spark": (1_000_000, 10_000_000, 50_000_000),
}
# On plain Parquet an increment costs Spark nearly what history does: beyond this it says no more.
LARGEST_WITH_INCREMENT = {"duckdb": 50_000_000, "spark": 10_000_000}
LARGEST = 100_000_000
SLICE_DAYS = 7  # so much of the largest set is built on Spark
# Both feature tables and all they are made of: the windows are what grows.
_SELECTED = (
    "--select", "+feat_transactions", "+feat_transactions_history",
    "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test",
    "--exclude-resource-type", "snapshot",
)  # fmt: skip
_SPARK_MEMORY = "12g"


@dataclass(frozen=True)
class Cost:
    """One engine at one size.

    Attributes:
        row_count: transactions of the whole lake.
        day_row_count: those of its last day, which an increment takes in.
        building: all but the last day, from nothing.
        increment: the last day, where it was measured.
    """

    engine: str
    row_count: int
    day_row_count: int
    building: Measured
    increment: Measured | None

    @property
    def cpu_seconds_per_million(self) -> float:
        """Seconds of processor for a million rows built from nothing."""
        return self.building.cpu_seconds / (self.row_count - self.day_row_count) * 1e6


@dataclass(frozen=True)
class Slice:
    """Days of a set that is too much for this machine.

    Attributes:
        generating: writing the whole set.
        stored_bytes: of the whole set.
        row_count: rows of the days that were built.
        building: those days, on Spark.
    """

    generated_count: int
    generating: Measured
    stored_bytes: int
    row_count: int
    building: Measured


def measure_size(workspace: Path, size: int, engines: Sequence[str]) -> list[Cost]:
    """The same lake on each engine: built from nothing, then a day more."""
    home = workspace / f"scaling-{size}"
    landing, held_back = home / "landing", home / "held_back"
    generate(home, landing, size)
    move_days(landing, held_back, from_last_full_day(landing))
    land(home, landing)
    before = _row_count(home)
    built = {engine: build(home, engine) for engine in engines}
    move_days(held_back, landing, days(held_back))
    land(home, landing)
    after = _row_count(home)
    costs = [
        Cost(
            engine, after, after - before, building,
            build(home, engine) if size <= LARGEST_WITH_INCREMENT[engine] else None,
        )
        for engine, building in built.items()
    ]  # fmt: skip
    shutil.rmtree(home)
    return costs


def measure_slice(workspace: Path) -> Slice:
    """The largest set generated, and its last days built on Spark."""
    home = workspace / f"slice-{LARGEST}"
    landing, unused = home / "landing", home / "unused"
    generating = generate(home, landing, LARGEST)
    stored = sum(each.stat().st_size for each in landing.rglob("*.parquet"))
    # The first day stays: it brings the customers and terminals.
    tail = from_last_full_day(landing)
    move_days(landing, unused, days(landing)[1 : -(SLICE_DAYS + len(tail) - 1)])
    shutil.rmtree(unused)
    land(home, landing)
    row_count = _row_count(home)
    found = Slice(LARGEST, generating, stored, row_count, build(home, "spark"))
    shutil.rmtree(home)
    return found


def generate(home: Path, folder: Path, size: int) -> Measured:
    """Generates about so many transactions, in a file for each day."""
    home.mkdir(parents=True, exist_ok=True)
    command = ["sentinel", "generate", str(folder), "--transactions", str(size)]
    return run(command, environment(home), REPOSITORY_ROOT)


def days(folder: Path) -> list[str]:
    """The days by which a landing folder keeps its files."""
    return sorted({path.stem for path in (folder / "transactions").glob("*.parquet")})


def from_last_full_day(folder: Path) -> list[str]:
    """The last day that is like the others, and those after it, which bring what was late."""
    counts = {
        day: pq.ParquetFile(folder / "transactions" / f"{day}.parquet").metadata.num_rows
        for day in days(folder)
    }
    usual = statistics.median(counts.values())
    last = max(day for day, count in counts.items() if count > usual / 2)
    return [day for day in counts if day >= last]


def move_days(source: Path, target: Path, moved: Sequence[str]) -> None:
    """Moves the files of some days from one landing folder to another."""
    for path in [path for day in moved for path in source.glob(f"*/{day}.parquet")]:
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.rename(place)


def land(home: Path, folder: Path) -> None:
    """Lands what has not landed yet."""
    run(["sentinel", "land", "synthetic", str(folder)], environment(home), REPOSITORY_ROOT)


def build(home: Path, engine: str) -> Measured:
    """Builds the feature tables on one engine, start of dbt and of Spark included."""
    if engine == "duckdb":
        command = ["dbt", "build", "--quiet", *_SELECTED, "--target", "duckdb"]
    else:
        command = [sys.executable, "-m", "spark_job", "build", *_SELECTED]
    variables = {**environment(home), "SENTINEL_SPARK_MEMORY": _SPARK_MEMORY}
    return run(command, variables, REPOSITORY_ROOT)


def _row_count(home: Path) -> int:
    files = str(home / "lake" / "raw" / "transactions" / "*" / "*.parquet")
    row = duckdb.sql(f"select count(distinct transaction_id) from '{files}'").fetchone()
    assert row
    return int(row[0])
