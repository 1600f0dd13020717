"""`make benchmark`: measures everything and writes docs/benchmarks.md.

Belongs here: the order of measurements and the page. Does not belong here: measuring.
"""

import argparse
import tempfile
from datetime import date
from pathlib import Path

from benchmarks.features import FeatureFigures, measure_features
from benchmarks.measure import Measured, machine
from benchmarks.pipeline import (
    JobFigures,
    measure_demo,
    measure_generated,
    measure_job,
    measure_no_change_build,
)
from sentinel.settings import REPOSITORY_ROOT

HANDBOOK = REPOSITORY_ROOT.parent / "shared" / "data" / "handbook"
PAGE = REPOSITORY_ROOT / "docs" / "benchmarks.md"
LARGE = 20_000_000
STAND_IN_FOR_HANDBOOK = 1_500_000


def main() -> None:
    """Runs every measurement in turn, nothing else beside it, and writes the page."""
    parser = argparse.ArgumentParser(description="Measures Sentinel and writes docs/benchmarks.md")
    parser.add_argument(
        "--large-rows", type=int, default=LARGE,
        help="generated rows of the largest job; 0 leaves it out (default: %(default)s)",
    )  # fmt: skip
    large_rows = parser.parse_args().large_rows
    with tempfile.TemporaryDirectory(prefix="sentinel-benchmark-") as name:
        workspace = Path(name)
        print("make demo", flush=True)
        demo = measure_demo(workspace / "demo")
        home = workspace / "job"
        print("the job on 1.5 million rows", flush=True)
        if HANDBOOK.is_dir():
            data, job = "the handbook's card transactions", measure_job(home, "handbook", HANDBOOK)
        else:
            data = "generated card transactions"
            _, job = measure_generated(home, STAND_IN_FOR_HANDBOOK)
        print("one model, nothing changed", flush=True)
        no_change = measure_no_change_build(home, "fct_transactions")
        print("features against peers", flush=True)
        features = measure_features(home, workspace)
        large = None
        if large_rows:
            print(f"the job on {large_rows:,} generated rows", flush=True)
            large = measure_generated(workspace / "large", large_rows)
    PAGE.write_text(_page(data, demo, job, no_change, features, large))
    print(f"Wrote {PAGE}")


def _page(
    data: str, demo: Measured, job: JobFigures, no_change: Measured, features: FeatureFigures,
    large: tuple[Measured, JobFigures] | None,
) -> str:  # fmt: skip
    return "\n\n".join(
        (
            "# Benchmarks",
            "Written by `make benchmark`, which measures one thing after the other in one "
            f"run. Machine: {machine()}. Date: {date.today().isoformat()}. Memory is the "
            "greatest resident size of all processes of a run together.",
            "## Features, version 1",
            f"All 14 features over {features.row_count:,} rows ({data}), two threads, median of "
            "three runs (pandas: one). The peers read their input into memory before the clock "
            "starts; Sentinel's time includes reading its tables. Sentinel takes labels only from "
            "when they were known, which the peers need not do on data with one fixed delay.",
            _feature_table(features),
            "## The whole job",
            _job_table(data, demo, job, no_change, large),
            "",
        )
    )


def _feature_table(figures: FeatureFigures) -> str:
    ours = figures.seconds["sentinel"]
    lines = ["| | seconds | time over Sentinel's | peak memory | features that differ |",
             "|---|---|---|---|---|"]  # fmt: skip
    titles = {
        "sentinel": "Sentinel (DuckDB, the model's own SQL)",
        "polars": "Polars, `rolling_sum_by` over groups",
        "numpy": "NumPy, sorted keys and binary search",
        "pandas": "pandas, `rolling` over groups",
    }
    for name, title in titles.items():
        seconds = figures.seconds[name]
        differing = ", ".join(figures.differing[name]) or "none"
        lines.append(
            f"| {title} | {seconds:.2f} | {seconds / ours:.2f} | "
            f"{_megabytes(figures.peak_bytes[name])} | {differing} |"
        )
    return "\n".join(lines)


def _job_table(
    data: str, demo: Measured, job: JobFigures, no_change: Measured,
    large: tuple[Measured, JobFigures] | None,
) -> str:  # fmt: skip
    rows = [
        ("`make demo`, packages installed, to the summary", demo.seconds, None, demo.peak_bytes),
        (f"land {job.row_count:,} rows ({data})", job.landing.seconds,
         job.row_count / job.landing.seconds, job.landing.peak_bytes),
        ("build and test them", job.building.seconds,
         job.row_count / job.building.seconds, job.building.peak_bytes),
        ("land, build and test together", job.landing.seconds + job.building.seconds,
         job.rows_per_second, job.peak_bytes),
        ("`dbt build` of fct_transactions with its tests, nothing changed", no_change.seconds,
         None, no_change.peak_bytes),
    ]  # fmt: skip
    if large is not None:
        generated, figures = large
        rows += [
            (f"generate {figures.row_count:,} transactions", generated.seconds,
             figures.row_count / generated.seconds, generated.peak_bytes),
            ("land them", figures.landing.seconds,
             figures.row_count / figures.landing.seconds, figures.landing.peak_bytes),
            ("build and test them", figures.building.seconds,
             figures.row_count / figures.building.seconds, figures.building.peak_bytes),
        ]  # fmt: skip
    lines = ["| | seconds | rows a second | peak memory |", "|---|---|---|---|"]
    for title, seconds, rate, peak in rows:
        shown = f"{rate:,.0f}" if rate else ""
        lines.append(f"| {title} | {seconds:.1f} | {shown} | {_megabytes(peak)} |")
    return "\n".join(lines)


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"


if __name__ == "__main__":
    main()
