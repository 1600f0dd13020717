"""The job: session, functions, dbt, exit code.

Belongs here: what happens in which order, and what is reported. Does not belong here: how the
session is made; see `session`.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import structlog

from sentinel.errors import SentinelError
from sentinel.logging import configure_logging
from sentinel.process_lock import only_process
from sentinel.settings import REPOSITORY_ROOT, Settings
from sentinel.transform import Tokeniser
from sentinel.variables import environment_variables
from spark_job.session import LOCAL_TARGET, open_session, remove_abandoned, target

_log = structlog.get_logger()
_LEFT_OUT = {
    "snapshot": "they need an open table format, which plain Parquet is not",
    "unit_test": "they are for changes of the SQL, not of the data",
}
_LEFT_OUT_OF_ICEBERG = {kind: why for kind, why in _LEFT_OUT.items() if kind != "snapshot"}
FAILED, UNUSABLE = 1, 2
# Named in macros/incremental/spark.
MONTH_COLUMN = "_event_month"
_USAGE = """usage: python -m spark_job build [options of dbt]
       python -m spark_job export FOLDER SCHEMA.TABLE ..."""


def main(arguments: Sequence[str]) -> int:
    """Runs a dbt command in a process with a Spark session.

    Args:
        arguments: of dbt, the command first: `build --select features --full-refresh`; or
            `export FOLDER SCHEMA.TABLE …` for the rows of tables as Parquet files.

    Returns:
        The exit code: 0, or 1 if a node failed, or 2 if dbt or Spark could not run at all.
    """
    if not arguments:
        print(_USAGE, file=sys.stderr)  # noqa: T201
        return UNUSABLE
    try:
        settings = Settings.load()
        configure_logging(settings)
        with _told_to_dagster() as report, _alone(settings):
            if arguments[0] == "export":
                return export(settings, Path(arguments[1]), arguments[2:])
            return run(settings, arguments, report)
    except SentinelError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201
        return UNUSABLE


def run(
    settings: Settings, arguments: Sequence[str], report: Callable[[dict[str, Any]], None]
) -> int:
    """The job in an environment that is set up.

    Args:
        report: called once with what was done: nodes by status, seconds.
    """
    from dbt.cli.main import dbtRunner

    from spark_udfs.on_spark import register

    settings.state_folder.joinpath("spark").mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with environment_variables(_variables(settings)):
        session = open_session(settings)
        register(session, Tokeniser(settings.personal_data_key))
        _log.info(
            "spark is up", seconds=round(time.monotonic() - began, 1), target=target(settings)
        )
        if removed := remove_abandoned(session, settings):
            _log.info("what a killed process left was removed", tables=removed)
        done = dbtRunner(callbacks=[_progress]).invoke(dbt_arguments(settings, arguments))
    if done.exception is not None:
        _log.error("dbt could not run", reason=str(done.exception))
        return UNUSABLE
    counts: dict[str, int] = {}
    for each in getattr(done.result, "results", []):
        counts[str(each.status)] = counts.get(str(each.status), 0) + 1
    report({**counts, "seconds": round(time.monotonic() - began, 1)})
    return 0 if done.success else FAILED


def export(settings: Settings, folder: Path, tables: Sequence[str]) -> int:
    """Writes the rows of tables and views as Parquet, each into a folder of its name.

    What Spark keeps a table by, its month, is left out: no other engine has it.
    """
    with environment_variables(_variables(settings)):
        session = open_session(settings)
        for name in tables:
            rows = session.table(name).drop(MONTH_COLUMN)
            rows.write.mode("overwrite").parquet(str(folder / name))
            _log.info("exported", table=name)
    return 0


def dbt_arguments(settings: Settings, arguments: Sequence[str]) -> list[str]:
    """Arguments of dbt's command line: those given, and where project and target are."""
    command, *options = arguments
    left_out = []
    if command == "build" and "--exclude-resource-type" not in options:
        is_iceberg = settings.spark_table_format == "iceberg"
        for kind, reason in (_LEFT_OUT_OF_ICEBERG if is_iceberg else _LEFT_OUT).items():
            left_out += ["--exclude-resource-type", kind]
            _log.info("left out", resource_type=kind, reason=reason)
    return [
        "--quiet", command, *options, *left_out, "--target", target(settings),
        "--project-dir", str(REPOSITORY_ROOT), "--profiles-dir", str(REPOSITORY_ROOT),
    ]  # fmt: skip


def _variables(settings: Settings) -> dict[str, str | None]:
    """Absolute addresses: Spark takes what is relative as relative to its own folders."""
    return {
        "SENTINEL_HOME": str(settings.state_folder),
        "SENTINEL_LAKE_URL": settings.lake_location,
    }


def _alone(settings: Settings) -> AbstractContextManager[None]:
    """The catalogue on this machine is opened by one process; on EMR it is Glue's."""
    if target(settings) != LOCAL_TARGET:
        return nullcontext()
    return only_process(settings, "running Spark", "wait for it, or stop it.")


def _progress(event: Any) -> None:
    """A line for each node that is done, as dbt's own would be without --quiet."""
    if event.info.name != "NodeFinished":
        return
    node, result = event.data.node_info, event.data.run_result
    _log.info(
        "node done", name=node.node_name, status=result.status,
        seconds=round(result.execution_time, 1),
        **({"message": result.message} if result.status in ("error", "fail") else {}),
    )  # fmt: skip


@contextmanager
def _told_to_dagster() -> Iterator[Callable[[dict[str, Any]], None]]:
    """Where Dagster started the job, what it reports goes there as well."""
    if "DAGSTER_PIPES_CONTEXT" not in os.environ:
        yield lambda done: _log.info("job done", **done)
        return
    from dagster_pipes import open_dagster_pipes

    with open_dagster_pipes() as context:
        yield context.report_custom_message
