"""A throw-away lake and DuckDB warehouse for one test.

Belongs here: delivering small tables, running dbt on them, reading and spoiling what it built. Does
not belong here: assertions, and which rows a test delivers.
"""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from sentinel.contracts import contract
from sentinel.delivery import Delivered, deliver
from sentinel.lake import Lake
from sentinel.settings import REPOSITORY_ROOT
from sentinel.transform import Arriving, Tokeniser, UnreadableRecord
from sentinel.variables import environment_variables

INCREMENTAL_MODELS = (
    "intermediate.int_transactions__versioned",
    "intermediate.int_fraud_labels__deduplicated",
    "intermediate.int_transactions__rules_observed",
    "intermediate.int_activity_hours__observed",
    "features.feat_transactions",
    "features.feat_transactions_history",
    "marts.fct_transactions",
    "marts.fraud_kpis_daily",
)
RECEIVED_AT = datetime(2030, 1, 1)
_PROJECT = ("--project-dir", str(REPOSITORY_ROOT), "--profiles-dir", str(REPOSITORY_ROOT))
# What dbt writes beside the warehouse costs a third of a small run, and no test reads it.
_GLOBAL = ("--quiet", "--no-write-json", "--log-level-file", "none")

Row = dict[str, Any]


class Warehouse:
    """A state folder of its own, with what a test does to it."""

    target = "duckdb"

    def __init__(self, home: Path) -> None:
        self.home = home
        self.lake = Lake(str(home / "lake"))
        self._tokeniser = Tokeniser(b"test key")
        home.mkdir(parents=True, exist_ok=True)

    def copied_to(self, home: Path) -> "Warehouse":
        """The same lake and tables in another folder; its views are right after the next dbt."""
        shutil.copytree(self.home, home, ignore=shutil.ignore_patterns("dbt_*"))
        return Warehouse(home)

    def deliver(
        self,
        dataset: str,
        batch_id: str,
        rows: Sequence[Row],
        received_at: datetime = RECEIVED_AT,
        unreadable: tuple[UnreadableRecord, ...] = (),
    ) -> Delivered:
        """Delivers rows as one batch through the real transform and ledger."""
        names = dict.fromkeys(name for row in rows for name in row)
        records = pa.table({name: [row.get(name) for row in rows] for name in names})
        arriving = Arriving(batch_id, "test", records, received_at, unreadable)
        return deliver(self.lake, contract(dataset), arriving, self._tokeniser)

    def dbt(
        self,
        *arguments: str,
        check: bool = True,
        on_first_model: Callable[[], None] | None = None,
        cut_after: int | None = None,
    ) -> dbtRunnerResult:
        """Runs a dbt command in this process; raises AssertionError when it fails.

        Args:
            on_first_model: called when the first model starts.
            cut_after: so many statements reach the warehouse, and no more, as if killed then.

        The project is parsed once a process. Commands must not change what parsing sees.
        """
        # The inline node would stay in the manifest, and dbt cannot copy one that has selectors.
        parsed = None if "--inline" in arguments else _manifest(self.target)
        with _environment(self.home, self.target), _cut_after(cut_after):
            result = _invoke(self.target, parsed, arguments, on_first_model)
        if check:
            assert result.success, failures(result) or result.exception
        return result

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        with self._connection(read_only=True) as connection:
            return connection.sql(sql).fetchall()

    def execute(self, *statements: str) -> None:
        """Changes the warehouse behind dbt's back."""
        with self._connection(read_only=False) as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, models: Iterable[str]) -> dict[str, list[Row]]:
        """Every row of each model as dictionaries in a defined order."""
        found = {}
        with self._connection(read_only=True) as connection:
            for model in models:
                result = connection.sql(f"select * from {model} order by all")
                found[model] = [
                    dict(zip(result.columns, row, strict=True)) for row in result.fetchall()
                ]
        return found

    def _connection(self, read_only: bool) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.home / "sentinel.duckdb"), read_only=read_only)


def results(result: dbtRunnerResult, resource_type: str) -> list[Any]:
    """Results of the nodes of one kind; dbt's hooks have results as well."""
    return [each for each in result.result.results if each.node.resource_type == resource_type]


def failures(result: dbtRunnerResult) -> dict[str, str]:
    """Node name to message, of the nodes that did not succeed."""
    return {
        each.node.name: f"{each.status}: {each.message}"
        for each in getattr(result.result, "results", [])
        if each.status in ("error", "fail", "runtime error")
    }


def manifest(target: str = "duckdb") -> Manifest:
    """The project as dbt parses it for a target; parsed once a process."""
    return _manifest(target)


@cache
def _manifest(target: str) -> Manifest:
    with tempfile.TemporaryDirectory() as folder, _environment(Path(folder), target):
        result = _invoke(target, None, ("parse",))
    assert result.success, result.exception
    assert isinstance(result.result, Manifest)
    return result.result


def _invoke(
    target: str,
    parsed: Manifest | None,
    arguments: Sequence[str],
    on_first_model: Callable[[], None] | None = None,
) -> dbtRunnerResult:
    command, *options = arguments
    callbacks = [_once_a_model_starts(on_first_model)] if on_first_model else []
    try:
        return dbtRunner(manifest=parsed, callbacks=callbacks).invoke(
            [*_GLOBAL, command, *_PROJECT, "--target", target, *options]
        )
    finally:
        # dbt-duckdb keeps the file open for the next command of the process; the test reads it.
        DuckDBConnectionManager.close_all_connections()


@contextmanager
def _cut_after(count: int | None) -> Iterator[None]:
    """From then on nothing is executed, not even a commit or a rollback."""
    if count is None:
        yield
        return
    left, execute = itertools.count(count, -1), DuckDBCursorWrapper.execute

    def cut(self: DuckDBCursorWrapper, *arguments: Any) -> Any:
        if next(left) <= 0:
            raise RuntimeError("cut")
        return execute(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DuckDBCursorWrapper, "execute", cut)
        yield


def _once_a_model_starts(action: Callable[[], None]) -> Callable[[Any], None]:
    pending = [action]

    def on_event(event: Any) -> None:
        is_start = event.info.name == "LogStartLine"
        if is_start and event.data.node_info.resource_type == "model" and pending:
            pending.pop()()

    return on_event


def _environment(home: Path, target: str) -> AbstractContextManager[None]:
    return environment_variables(
        {
            "SENTINEL_HOME": str(home),
            "SENTINEL_SAMPLE": "false",
            "SENTINEL_TARGET": target,
            "SENTINEL_LAKE_URL": None,
            "SENTINEL_SPARK_SHUFFLE_PARTITIONS": "2",
            "DBT_TARGET_PATH": str(home / "dbt_target"),
            "DBT_LOG_PATH": str(home / "dbt_logs"),
        }
    )
