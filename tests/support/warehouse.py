"""A throw-away lake and DuckDB warehouse for one test.

Belongs here: delivering small tables and running dbt on them. Does not belong here: assertions.
"""

import os
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult

from sentinel.contracts import contract
from sentinel.delivery import Delivered, deliver
from sentinel.lake import Lake
from sentinel.settings import REPOSITORY_ROOT
from sentinel.transform import Arriving, Tokeniser, UnreadableRecord

INCREMENTAL_MODELS = (
    "intermediate.int_transactions__versioned",
    "intermediate.int_fraud_labels__deduplicated",
    "intermediate.int_transactions__rules_observed",
    "features.feat_transactions",
    "features.feat_transactions_history",
    "marts.fct_transactions",
    "marts.fraud_kpis_daily",
)


class Warehouse:
    """A state folder of its own, with what a test does to it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.lake = Lake(str(home / "lake"))
        self._tokeniser = Tokeniser(b"test key")

    def deliver(
        self,
        dataset: str,
        batch_id: str,
        rows: Sequence[dict[str, Any]],
        received_at: datetime = datetime(2030, 1, 1),
        unreadable: tuple[UnreadableRecord, ...] = (),
    ) -> Delivered:
        """Delivers rows as one batch through the real transform and ledger."""
        names = dict.fromkeys(name for row in rows for name in row)
        records = pa.table({name: [row.get(name) for row in rows] for name in names})
        arriving = Arriving(batch_id, "test", records, received_at, unreadable)
        return deliver(self.lake, contract(dataset), arriving, self._tokeniser)

    def dbt(self, *arguments: str, check: bool = True) -> dbtRunnerResult:
        """Runs a dbt command in this process; raises AssertionError when it fails."""
        with self._environment():
            result = dbtRunner().invoke(
                [arguments[0], "--quiet", "--project-dir", str(REPOSITORY_ROOT),
                 "--profiles-dir", str(REPOSITORY_ROOT), "--target", "duckdb", *arguments[1:]]
            )  # fmt: skip
            # dbt-duckdb keeps the file open for the next command of the process; the test reads it.
            DuckDBConnectionManager.close_all_connections()
        if check:
            failed = [
                f"{each.node.name}: {each.message}"
                for each in getattr(result.result, "results", [])
                if each.status in ("error", "fail", "runtime error")
            ]
            assert result.success, failed or result.exception
        return result

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        with duckdb.connect(str(self.home / "sentinel.duckdb"), read_only=True) as connection:
            return connection.sql(sql).fetchall()

    def rows(self, models: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """Every row of each model as dictionaries in a defined order."""
        found = {}
        with duckdb.connect(str(self.home / "sentinel.duckdb"), read_only=True) as connection:
            for model in models:
                result = connection.sql(f"select * from {model} order by all")
                found[model] = [
                    dict(zip(result.columns, row, strict=True)) for row in result.fetchall()
                ]
        return found

    @contextmanager
    def _environment(self) -> Any:
        wanted = {
            "SENTINEL_HOME": str(self.home),
            "SENTINEL_SAMPLE": "false",
            "DBT_TARGET_PATH": str(self.home.parent / "dbt_target"),
            "DBT_LOG_PATH": str(self.home / "dbt_logs"),
        }
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
