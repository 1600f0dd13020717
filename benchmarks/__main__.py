"""`make benchmark`: measures, and renews the sections of docs/benchmarks.md and docs/scaling.md.

Belongs here: which benchmarks there are, in which order, and how their figures are shown. Does not
belong here: measuring.
"""

import argparse
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import functions as functions_module
from benchmarks import streaming as streaming_module
from benchmarks.features import FeatureFigures, measure_features
from benchmarks.measure import run_module
from benchmarks.model import model_section
from benchmarks.page import megabytes, renew, table
from benchmarks.pipeline import (
    JobFigures,
    environment,
    measure_demo,
    measure_generated,
    measure_job,
    measure_no_change_build,
)
from benchmarks.scaling import SIZES, SLICE_DAYS, Cost, Slice, measure_size, measure_slice
from sentinel.settings import REPOSITORY_ROOT

PAGE = REPOSITORY_ROOT / "docs" / "benchmarks.md"
SCALING_PAGE = REPOSITORY_ROOT / "docs" / "scaling.md"
HANDBOOK = REPOSITORY_ROOT.parent / "shared" / "data" / "handbook"
LARGE = 20_000_000
STAND_IN_FOR_HANDBOOK = 1_500_000
DELIVERED = (500_000, 5_000_000)
HISTORIES = (1_000_000, 10_000_000)
RATES = (500, 1_000, 1_500, 2_000, 3_000)
PROBE_SECONDS, STEADY_SECONDS = 75, 600
MOST_LAG = 5.0
"""Seconds from a record's arrival to the marts."""


def main() -> None:
    """Runs the benchmarks asked for, nothing else beside them."""
    parser = argparse.ArgumentParser(description="Measures Sentinel; writes what it finds to docs/")
    parser.add_argument("only", nargs="*", help=f"of {', '.join(BENCHMARKS)}; nothing: all")
    names = parser.parse_args().only or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(unknown)}: use {', '.join(BENCHMARKS)}")
    for name in names:
        page, title, measure = BENCHMARKS[name]
        with tempfile.TemporaryDirectory(prefix="sentinel-benchmark-") as workspace:
            print(title, flush=True)
            renew(page, title, measure(Path(workspace)))
        print(f"Wrote {page}")


def demo(workspace: Path) -> str:
    """The time to the first result."""
    done = measure_demo(workspace / "home")
    return table(
        ("", "seconds", "peak memory"),
        [("`make demo`, packages installed, to the summary",
          f"{done.seconds:.0f}", megabytes(done.peak_bytes))],
    )  # fmt: skip


def job(workspace: Path) -> str:
    """The whole job on the handbook's data, and what an engineer waits for afterwards."""
    data, figures = _job(workspace)
    no_change = measure_no_change_build(workspace / "home", "fct_transactions")
    return _job_table(data, figures, [
        ("`dbt build` of fct_transactions with its tests, nothing changed",
         f"{no_change.seconds:.1f}", "", megabytes(no_change.peak_bytes)),
    ])  # fmt: skip


def large(workspace: Path) -> str:
    """The whole job on generated data that does not fit in memory."""
    generated, figures = measure_generated(workspace / "home", LARGE)
    return _job_table("generated", figures, [
        ("generate them", f"{generated.seconds:.1f}",
         f"{figures.row_count / generated.seconds:,.0f}", megabytes(generated.peak_bytes)),
    ])  # fmt: skip


def features(workspace: Path) -> str:
    """Feature version 1 against its peers."""
    data, _ = _job(workspace, with_tests=False)
    figures = measure_features(workspace / "home", workspace)
    return (
        f"All 14 features over {figures.row_count:,} rows ({data}), two threads, median of three "
        "runs (pandas: one). The peers read their input into memory before the clock starts; "
        "Sentinel's time includes reading its tables. Sentinel takes labels only from when they "
        "were known, which the peers need not do on data with one fixed delay.\n\n"
        + _feature_table(figures)
    )


def model(workspace: Path) -> str:
    """The fraud model: learning and judging, and scoring in batch, against its peers."""
    data, _ = _job(workspace, with_tests=False)
    return model_section(workspace / "home", data, HANDBOOK.is_dir())


def streaming(workspace: Path) -> str:
    """Delivery from a stream, micro-batches against more and more history, and a steady stream."""
    homes = {count: workspace / f"history-{count}" for count in HISTORIES}
    for count, home in homes.items():
        measure_generated(home, count, with_tests=False)
    parts = (delivered(workspace), against_history(homes), steady(homes[HISTORIES[-1]], workspace))
    return "\n\n".join(parts)


def scaling(workspace: Path) -> str:
    """What a million rows cost as rows grow, on each engine that runs here."""
    costs = []
    for size in sorted({size for sizes in SIZES.values() for size in sizes}):
        print(f"  {size:,} rows", flush=True)
        costs += measure_size(
            workspace, size, [engine for engine, sizes in SIZES.items() if size in sizes]
        )
    print("  the largest set", flush=True)
    return scaling_section(costs, measure_slice(workspace))


def scaling_section(costs: Sequence[Cost], largest: Slice) -> str:
    """What was measured, for docs/scaling.md."""
    rows = [
        (
            each.engine, f"{each.row_count:,}", f"{each.building.seconds:,.0f}",
            f"{each.building.cpu_seconds:,.0f}", f"{each.cpu_seconds_per_million:.1f}",
            megabytes(each.building.peak_bytes), f"{each.day_row_count:,}",
            f"{each.increment.seconds:,.0f}" if each.increment else "not measured",
            f"{each.increment.cpu_seconds:,.0f}" if each.increment else "",
        )
        for each in costs
    ]  # fmt: skip
    columns = (
        "engine", "rows", "seconds", "of processor", "of processor a million rows", "peak memory",
        "rows of a day more", "seconds", "of processor",
    )  # fmt: skip
    return (
        "Both feature tables and all they are made of, from a landed lake of generated payments "
        "(180 days; late, repeated and corrected ones included), start of dbt and of Spark "
        "included: all but the last day from nothing, then that day as an increment.\n\n"
        + table(columns, rows)
        + f"\n\nOne set of {largest.generated_count:,} payments was generated in "
        f"{largest.generating.seconds:,.0f} s with {megabytes(largest.generating.peak_bytes)} of "
        f"memory, a file for each day, {megabytes(largest.stored_bytes)} of Parquet. Its last "
        f"{SLICE_DAYS} days, {largest.row_count:,} rows, were built on Spark in "
        f"{largest.building.seconds:,.0f} s, {largest.building.cpu_seconds:,.0f} s of processor, "
        f"with {megabytes(largest.building.peak_bytes)}."
    )


def functions(workspace: Path) -> str:
    """Values a second of each function, by engine."""
    variables = {**environment(workspace), "SENTINEL_ENVIRONMENT": "local",
                 "SENTINEL_SPARK_MASTER": "local[1]"}  # fmt: skip
    rates = {
        engine: run_module(
            "benchmarks.functions", engine, str(workspace), environment=variables
        ).result
        for engine in ("duckdb", "spark", "lambda")
    }
    rows = [
        (f"`{name}`", *(f"{by_name[name]:,.0f}" for by_name in rates.values()))
        for name in rates["duckdb"]
    ]
    columns = ("values a second", "DuckDB, one thread", "Spark, one task", "Redshift's Lambda")
    return (
        f"{functions_module.COUNT:,} values, no two the same (repeated ones are computed once for "
        "each chunk of a column, and so cost less); the Lambda's handler with "
        f"{functions_module.LAMBDA_ROWS:,} rows a call, reading JSON and writing it included:\n\n"
        + table(columns, rows)
    )


def delivered(workspace: Path) -> str:
    """Transform and delivery, and whether memory stays flat."""
    rows = []
    for count in DELIVERED:
        home = workspace / f"delivery-{count}"
        done = run_module("benchmarks.streaming", "delivery", str(home), str(count))
        seconds = done.result["cpu_seconds"]
        rows.append((f"{count:,}", f"{count / seconds:,.0f}", megabytes(done.peak_bytes)))
        shutil.rmtree(home)
    return (
        "Transform and delivery of records that wait in a local stream, on one core:\n\n"
        + table(("records", "records a CPU second", "peak memory"), rows)
    )


def against_history(homes: Mapping[int, Path]) -> str:
    """Micro-batches of one size against histories of several, in turn."""
    rows, least = [], None
    for home in homes.values():
        done = run_module(
            "benchmarks.streaming", "micro_batches", str(home), str(streaming_module.REPETITIONS),
            environment=environment(home),
        )  # fmt: skip
        seconds = done.result["seconds"]
        median = seconds[len(seconds) // 2]
        least = least or median
        rows.append((
            f"{done.result['history']:,}", f"{median:.2f}", f"{seconds[-1]:.2f}",
            f"{median / least:.2f}", megabytes(done.peak_bytes),
        ))  # fmt: skip
    columns = ("rows of history", "median seconds", "slowest seconds", "over the first",
               "peak memory")  # fmt: skip
    return (
        f"Micro-batches of {streaming_module.MICRO_BATCH:,} records, from the delivered file to "
        "features and alerts, dbt warm, one after the other, each of as many customers and "
        "terminals of the last day:\n\n" + table(columns, rows)
    )


def steady(home: Path, workspace: Path) -> str:
    """The highest rate at which the marts stay close behind the stream for ten minutes."""
    rates = [rate for rate in RATES if _lag(home, workspace, rate, PROBE_SECONDS)["p95"] < MOST_LAG]
    rows = []
    for rate in reversed(rates):
        found = _lag(home, workspace, rate, STEADY_SECONDS)
        rows.append((
            f"{rate:,}", f"{found['records']:,}", f"{found['micro_batches']:,}",
            f"{found['p50']:.1f}", f"{found['p95']:.1f}", f"{found['worst']:.1f}",
        ))  # fmt: skip
        if found["p95"] < MOST_LAG and found["is_whole"]:
            break
    columns = ("records a second", "records", "micro-batches", "lag p50, s", "p95, s", "worst, s")
    return (
        f"A steady stream for ten minutes on top of {HISTORIES[-1]:,} rows, generator and all on "
        "the same two cores, from a record's arrival to the marts; tried were "
        f"{_listed(RATES)} records a second, wanted is a 95th percentile under "
        f"{MOST_LAG:.0f} s:\n\n" + table(columns, rows)
    )


def _lag(home: Path, workspace: Path, rate: int, seconds: int) -> dict[str, Any]:
    """On a copy: what one rate leaves behind must not slow the next."""
    copy = workspace / "steady"
    shutil.copytree(home, copy)
    done = run_module(
        "benchmarks.streaming", "sustained", str(copy), str(rate), str(seconds),
        environment=environment(copy),
    )  # fmt: skip
    shutil.rmtree(copy)
    return done.result


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(f"{each:,}" for each in numbers)


BENCHMARKS: dict[str, tuple[Path, str, Callable[[Path], str]]] = {
    "features": (PAGE, "Features, version 1", features),
    "demo": (PAGE, "First result", demo),
    "job": (PAGE, "The whole job", job),
    "large": (PAGE, "The whole job, 20 million rows", large),
    "streaming": (PAGE, "Near real time", streaming),
    "functions": (PAGE, "Functions", functions),
    "model": (PAGE, "The fraud model", model),
    "scaling": (SCALING_PAGE, "Measured", scaling),
}


def _job(workspace: Path, with_tests: bool = True) -> tuple[str, JobFigures]:
    home = workspace / "home"
    if HANDBOOK.is_dir():
        return "the handbook's card transactions", measure_job(
            home, "handbook", HANDBOOK, with_tests
        )
    return "generated", measure_generated(home, STAND_IN_FOR_HANDBOOK, with_tests)[1]


def _feature_table(figures: FeatureFigures) -> str:
    ours = figures.seconds["sentinel"]
    titles = {
        "sentinel": "Sentinel (DuckDB, the model's own SQL)",
        "polars": "Polars, `rolling_sum_by` over groups",
        "numpy": "NumPy, sorted keys and binary search",
        "pandas": "pandas, `rolling` on the grouped frame",
        "pandas_by_group": "pandas, `rolling` applied to each group, as published",
    }
    return table(
        ("", "seconds", "time over Sentinel's", "peak memory", "features that differ"),
        [
            (
                title, f"{figures.seconds[name]:.2f}", f"{figures.seconds[name] / ours:.2f}",
                megabytes(figures.peak_bytes[name]),
                ", ".join(figures.differing[name]) or "none",
            )
            for name, title in titles.items()
        ],
    )  # fmt: skip


def _job_table(data: str, job: JobFigures, others: list[tuple[str, str, str, str]]) -> str:
    rows = [
        (title, f"{seconds:.1f}", f"{job.row_count / seconds:,.0f}", megabytes(peak))
        for title, seconds, peak in (
            (f"land {job.row_count:,} rows ({data})",
             job.landing.seconds, job.landing.peak_bytes),
            ("build and test them", job.building.seconds, job.building.peak_bytes),
            ("land, build and test together",
             job.landing.seconds + job.building.seconds, job.peak_bytes),
        )
    ]  # fmt: skip
    return table(("", "seconds", "rows a second", "peak memory"), [*rows, *others])


if __name__ == "__main__":
    main()
