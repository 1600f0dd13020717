"""`sentinel parity`: the same project on several engines, compared row by row."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sentinel.errors import SentinelError
from sentinel.parity.data_set import DataSet, add_lake
from sentinel.parity.engines import ENGINES
from sentinel.parity.findings import Findings, step
from sentinel.process_lock import only_process
from sentinel.settings import Settings

GENERATED_COUNT = 50_000


def parity(
    engines: Annotated[
        str, typer.Option(help=f"Which, by commas: {', '.join(ENGINES)}; the first is the measure.")
    ] = "duckdb,spark",
    transactions: Annotated[
        int | None,
        typer.Option(
            help="How many to generate, late, repeated and corrected ones included; "
            f"{GENERATED_COUNT:,} where no lake is given.",
            min=1,
        ),
    ] = None,
    lake: Annotated[
        list[Path] | None,
        typer.Option(help="Build a copy of this lake's folder; several are put together."),
    ] = None,
    runs: Annotated[int, typer.Option(help="In how many increments it is built.", min=1)] = 2,
    select: Annotated[
        list[str] | None, typer.Option(help="What to build, in dbt's words; all if not given.")
    ] = None,
    tests: Annotated[
        bool, typer.Option(help="Run the data tests as well, and compare what they say.")
    ] = True,
    full_refresh: Annotated[
        bool, typer.Option(help="Build all of it anew at the end, and compare that as well.")
    ] = True,
    report: Annotated[
        Path | None, typer.Option(help="Write what was found to this file as JSON.")
    ] = None,
) -> None:
    """Build one data set on several engines and compare every table, row by row.

    Counts, keys, texts, times and decimals have to be the same, floats to nine digits; data tests
    have to say the same. Ends with 1 if anything differs. The user's own lake, warehouse and
    schemas are not touched.
    """
    names = [name.strip() for name in engines.split(",")]
    if unknown := sorted(set(names) - set(ENGINES)):
        raise SentinelError(f"no engine {', '.join(unknown)}: there are {', '.join(ENGINES)}.")
    if len(set(names)) < 2:
        raise SentinelError("name two engines at least: one is always equal to itself.")
    settings, console = Settings.load(), Console()
    with (
        only_process(settings, "comparing engines", "wait for it, or stop it."),
        ExitStack() as end,
    ):
        folder = settings.state_folder / "parity"
        shutil.rmtree(folder, ignore_errors=True)
        data = _data_set(console, folder, lake or [], transactions, runs)
        compared = []
        for name in names:
            compared.append(ENGINES[name](folder, data))
            end.callback(compared[-1].close)
        findings = Findings(console, compared, ["--select", *select] if select else [])
        findings.build_in_runs(data, with_tests=tests)
        findings.hold_against_each_other("increments")
        if full_refresh:
            findings.build_anew()
            findings.hold_against_each_other("full refresh")
            findings.hold_against_the_increments()
    findings.show()
    if report:
        report.write_text(json.dumps(findings.as_json(), indent=1) + "\n")
    if not findings.are_equal:
        raise typer.Exit(1)


def _data_set(
    console: Console, folder: Path, lakes: list[Path], transactions: int | None, runs: int
) -> DataSet:
    home, landing = folder / "source", folder / "landing"
    if not lakes and transactions is None:
        transactions = GENERATED_COUNT
    if transactions is not None:
        environment = {"SENTINEL_HOME": str(home), "SENTINEL_ENVIRONMENT": "local"}
        with step(console, f"generating and landing about {transactions:,} transactions"):
            _sentinel(environment, "generate", str(landing), "--transactions", str(transactions))
            _sentinel(environment, "land", "synthetic", str(landing))
    for lake in lakes:
        with step(console, f"copying {lake}"):
            add_lake(lake, home / "lake")
    return DataSet(home / "lake", runs)


def _sentinel(environment: dict[str, str], *arguments: str) -> None:
    inherited = {name: value for name, value in os.environ.items() if name != "SENTINEL_LAKE_URL"}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("sentinel")), *arguments],
        env={**inherited, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SentinelError(f"sentinel {arguments[0]} failed:\n{done.stdout}{done.stderr}")
