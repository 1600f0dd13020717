"""One micro-batch through the warehouse, by a dbt that stays warm.

Belongs here: running the near-real-time models in this process, with the project parsed once. Does
not belong here: when to run, and what the models do; the selector `near_real_time` names them.
"""

import gc
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import structlog
from dbt.artifacts.resources.types import NodeType
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from sentinel.catalogue import CatalogueError, register_for_building
from sentinel.errors import SentinelError
from sentinel.process_lock import ProcessBusyError, only_process
from sentinel.settings import REPOSITORY_ROOT, Settings
from sentinel.variables import environment_variables

SELECTOR = "near_real_time"
VIEWS, CHECKS = f"{SELECTOR}_views", f"{SELECTOR}_checks"
# What parsing must be told as well, so that every invocation agrees with it.
_GLOBAL = (
    "--no-use-colors", "--no-write-json", "--no-send-anonymous-usage-stats",
    # dbt makes a line of text of every event for each log there is, also for those that drop it.
    # What fails is in the results.
    "--log-level", "none", "--log-level-file", "none",
)  # fmt: skip
BUILDING = "building"
"""Held while a micro-batch is built, and while what was built is compared with a batch."""
_WHEN_BUSY = "what arrives meanwhile is delivered, and taken in afterwards."
_FAILED = ("error", "fail", "runtime error")

log = structlog.get_logger(__name__)


class MicroBatchError(SentinelError):
    """The near-real-time models could not be built."""


@dataclass(frozen=True)
class Built:
    """One micro-batch.

    Attributes:
        seconds: how long it took.
        seconds_by_model: seconds of each model that it built, by schema and name.
        views: schema and name of the views that show what was built.
    """

    seconds: float
    seconds_by_model: dict[str, float]
    views: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checked:
    """The result of one data test: its name, the model it is about by schema and name, how many
    rows failed it, and whether a failure is an error or only worth a warning.
    """

    test: str
    model: str
    failing_row_count: int
    is_passed: bool
    is_error: bool


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
        listed = self._invoke(
            "list", "--selector", VIEWS, "--resource-type", "model",
            "--output", "json", "--output-keys", "unique_id",
        )  # fmt: skip
        if not listed.success:
            raise MicroBatchError(f"dbt cannot list {VIEWS}: {listed.exception}")
        views: Any = listed.result
        self._views = tuple(self._relation(json.loads(each)["unique_id"]) for each in views)

    def prepare(self) -> Built:
        """Builds all that the near-real-time models rest on, from nothing if need be.

        Raises:
            MicroBatchError: as `build`.
        """
        built = self._run(
            "build", "--selector", f"{SELECTOR}_from_scratch",
            "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test",
        )  # fmt: skip
        # What was built here is what the parsed project says, so no model's columns can differ from
        # now on: to compare them again costs each model two questions to the warehouse.
        for node in self._manifest.nodes.values():
            if node.resource_type == NodeType.Model and node.config.materialized == "incremental":
                node.config.on_schema_change = "ignore"
        # The parsed project is a million objects that live as long as the process: looking through
        # them for garbage takes a twentieth of every micro-batch.
        gc.collect()
        gc.freeze()
        return built

    def build(self) -> Built:
        """Takes in every batch that the models have not taken yet.

        Raises:
            MicroBatchError: naming each model that failed and why. What was not taken in waits for
                the next time; nothing is lost.
        """
        return self._run("run", "--selector", SELECTOR)

    def check(self) -> tuple[Checked, ...]:
        """Runs the data tests that a running stream can afford.

        Raises:
            MicroBatchError: when a test cannot be run; one that fails is a result.
        """
        done = self._invoke("test", "--selector", CHECKS)
        results: Any = getattr(done.result, "results", None)
        if results is None:
            raise MicroBatchError(_why(done))
        tests = [each for each in results if each.node.resource_type == "test"]
        if broken := [each.node.name for each in tests if each.status in ("error", "skipped")]:
            raise MicroBatchError(f"data tests that cannot be run: {', '.join(broken)}")
        return tuple(
            Checked(
                each.node.name, self._relation(each.node.attached_node), each.failures or 0,
                each.status == "pass", each.node.config.severity.lower() == "error",
            )
            for each in tests
        )  # fmt: skip

    def _run(self, command: str, *selection: str) -> Built:
        started = perf_counter()
        try:
            register_for_building(self._settings)
        except CatalogueError as error:
            raise MicroBatchError(str(error)) from error
        done = self._invoke(command, *selection)
        if not done.success:
            raise MicroBatchError(_why(done))
        results: Any = done.result
        return Built(
            perf_counter() - started,
            {
                self._relation(each.node.unique_id): each.execution_time
                for each in results.results
                if each.node.resource_type == "model"
            },
            self._views,
        )

    def _invoke(self, command: str, *selection: str) -> dbtRunnerResult:
        try:
            with only_process(self._settings, BUILDING, _WHEN_BUSY), _environment(self._settings):
                done = dbtRunner(manifest=self._manifest).invoke(
                    [*_GLOBAL, command, *self._arguments, *selection]
                )
        except ProcessBusyError as error:
            raise MicroBatchError(str(error)) from error
        finally:
            _close_warehouse()
        return done

    def _relation(self, unique_id: str) -> str:
        node = self._manifest.nodes[unique_id]
        return f"{node.config.schema}.{node.name}"


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
