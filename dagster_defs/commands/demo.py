"""`sentinel demo`: raw files to fraud marts, through Dagster, with the result shown.

Belongs here: the order of the runs. Does not belong here: what they do.
"""

import contextlib
import os
from dataclasses import dataclass
from typing import Annotated, Any

import dagster as dg
import typer
from rich.console import Console

from batch_ingest import load_mapping
from dagster_defs.automation import DAILY_FIGURES, LAND, PUBLISH, REBUILD
from dagster_defs.commands.instance import prepare_instance
from dagster_defs.commands.progress import shown_progress
from dagster_defs.commands.summary import show_summary
from dagster_defs.definitions import build_defs, build_landing_defs
from dagster_defs.environment import Environment, current_environment
from sentinel.dbt_project import target_folder
from sentinel.errors import SentinelError
from sentinel.sample import SAMPLE_MAPPING
from sentinel.settings import Settings


class RunFailedError(SentinelError):
    """A Dagster run ended in failure; its message says which step and why."""


def demo(
    source: Annotated[str, typer.Option(help="Folder, URL or address; nothing: the sample.")] = "",
    mapping: Annotated[
        str, typer.Option(help="Name of a shipped mapping or path of a YAML file.")
    ] = SAMPLE_MAPPING,
) -> None:
    """Land data, materialise every asset through Dagster, and show the result."""
    settings = Settings.load()
    load_mapping(mapping)
    if mapping != SAMPLE_MAPPING and not source:
        raise SentinelError(f"mapping {mapping!r} needs a source: --source FOLDER (make: SOURCE=…)")
    prepare_instance(settings)
    os.environ["SENTINEL_SAMPLE"] = "false"
    console = Console(stderr=True)
    land = {"ops": {"land": {"config": {"mapping": mapping, "source": source}}}}
    with dg.DagsterInstance.get() as instance:
        runs = _Runs(console, instance, settings)
        runs.run(build_landing_defs(), LAND, "Landing raw data", land)
        # Only now: what has landed decides which days there are.
        with console.status("Reading the dbt project"):
            environment = current_environment()
            everything = build_defs(environment)
        runs.run(everything, REBUILD, "Building and testing")
        runs.run(everything, DAILY_FIGURES, "Daily figures", tags=_all_days(environment))
        runs.run(everything, PUBLISH, "Publishing")
    show_summary(settings)


def _all_days(environment: Environment) -> dict[str, str]:
    """Every day there is data for."""
    days = environment.daily.get_partition_keys()
    return {
        "dagster/asset_partition_range_start": days[0],
        "dagster/asset_partition_range_end": days[-1],
    }


@dataclass(frozen=True)
class _Runs:
    """Dagster runs in this process, each shown by a line of progress."""

    console: Console
    instance: dg.DagsterInstance
    settings: Settings

    def run(
        self, definitions: dg.Definitions, job: str, title: str,
        run_config: dict[str, Any] | None = None, tags: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        """One run, its output in a log file, its progress on the terminal.

        Raises:
            RunFailedError: when a step fails; the run stays visible in the UI.
        """
        quiet = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
        log_file = self.settings.state_folder / "logs" / f"{job}.log"
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with (
            shown_progress(self.console, title, target_folder(self.settings)),
            log_file.open("w") as log,
            contextlib.redirect_stdout(log),
            contextlib.redirect_stderr(log),
        ):
            result = definitions.resolve_job_def(job).execute_in_process(
                run_config={**quiet, **(run_config or {})}, tags=tags, instance=self.instance,
                raise_on_error=False,
            )  # fmt: skip
        if not result.success:
            raise RunFailedError(
                f"run {result.run_id} ({job}) failed: {_failure(result)}\n"
                f"All its output is in {log_file}; `make ui` shows the run."
            )


def _failure(result: dg.ExecuteInProcessResult) -> str:
    """The innermost error of the first failed step: the one that says what to do."""
    for event in result.all_events:
        if event.is_step_failure and (error := event.step_failure_data.error):
            while error.cause:
                error = error.cause
            return error.message.strip()
    return "no step says why"
