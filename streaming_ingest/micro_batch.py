"""One micro-batch through the warehouse, by a dbt that stays warm.

Belongs here: running the near-real-time models in this process, with the project parsed once. Does
not belong here: when to run, and what the models do; the selector `near_real_time` names them.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import structlog
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from sentinel.errors import SentinelError
from sentinel.settings import REPOSITORY_ROOT, Settings
from sentinel.variables import environment_variables

SELECTOR = "near_real_time"
# What parsing must be told as well, so that every invocation agrees with it.
_GLOBAL = (
    "--quiet", "--no-use-colors", "--no-write-json", "--no-send-anonymous-usage-stats",
    # Every statement of every micro-batch in a log file is time and disk for nobody.
    "--log-level-file", "warn",
)  # fmt: skip
_FAILED = ("error", "fail", "runtime error")

log = structlog.get_logger(__name__)


class MicroBatchError(SentinelError):
    """The near-real-time models could not be built."""


@dataclass(frozen=True)
class Built:
    """One micro-batch: seconds it took, and seconds of each model by schema and name."""

    seconds: float
    seconds_by_model: dict[str, float]


class MicroBatches:
    """Builds the near-real-time models again and again; parses the project when made.

    Between two micro-batches the warehouse is closed, so that others may open it.

    Raises:
        MicroBatchError: when dbt cannot parse the project.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._arguments = (
            "--project-dir", str(REPOSITORY_ROOT), "--profiles-dir", str(REPOSITORY_ROOT),
            "--target", settings.spec.target,
        )  # fmt: skip
        with _environment(settings):
            parsed = dbtRunner().invoke([*_GLOBAL, "parse", *self._arguments])
        if not parsed.success or not isinstance(parsed.result, Manifest):
            raise MicroBatchError(f"dbt cannot parse the project: {parsed.exception}")
        self._manifest = parsed.result

    def prepare(self) -> Built:
        """Builds all that the near-real-time models rest on, from nothing if need be.

        Raises:
            MicroBatchError: as `build`.
        """
        return self._run(
            "build", "--selector", f"{SELECTOR}_from_scratch",
            "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test",
        )  # fmt: skip

    def build(self) -> Built:
        """Takes in every batch that the models have not taken yet.

        Raises:
            MicroBatchError: naming each model that failed and why. What was not taken in waits for
                the next time; nothing is lost.
        """
        return self._run("run", "--selector", SELECTOR)

    def _run(self, command: str, *selection: str) -> Built:
        started = perf_counter()
        arguments = [*_GLOBAL, command, *self._arguments, *selection]
        with _environment(self._settings):
            done = dbtRunner(manifest=self._manifest).invoke(arguments)
        _close_warehouse()
        if not done.success:
            raise MicroBatchError(_why(done))
        results: Any = done.result
        return Built(
            perf_counter() - started,
            {
                f"{each.node.config.schema}.{each.node.name}": each.execution_time
                for each in results.results
                if each.node.resource_type == "model"
            },
        )


def _why(done: dbtRunnerResult) -> str:
    failed = [
        f"{each.node.name}: {each.message}"
        for each in getattr(done.result, "results", ())
        if each.status in _FAILED
    ]
    return "; ".join(failed) or str(done.exception)


def _close_warehouse() -> None:
    """dbt-duckdb keeps the file open for as long as the process lives."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    close: Any = DuckDBConnectionManager.close_all_connections
    close()


def _environment(settings: Settings) -> AbstractContextManager[None]:
    folder = str(settings.state_folder / "dbt" / "near_real_time")
    return environment_variables(
        {
            "SENTINEL_HOME": str(settings.state_folder),
            "SENTINEL_SAMPLE": "false",
            "DBT_TARGET_PATH": folder,
            "DBT_LOG_PATH": folder,
        }
    )
