"""The project's tables in Iceberg, on Sail, fed with what another warehouse found in the lake.

Belongs here: the project as Sail is given it, running dbt there, reading what it built. Does not
belong here: assertions. Everything but how the lake is read is the project itself: see
tests/iceberg/macros.
"""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sentinel.settings import REPOSITORY_ROOT
from tests.support.dbt_on_sail import DIED
from tests.support.sail_server import ENVIRONMENT
from tests.support.warehouse import Row, Warehouse, manifest

_ROOM = REPOSITORY_ROOT / "tests" / "iceberg"
_LINKED = ("dbt_project", "macros", "seeds", "snapshots", "dbt_packages", "packages.yml")
_SCHEMA_PREFIX = "dev_"


class SailWarehouse:
    """Tables of a session of Sail, each an Iceberg table or a view, or Parquet if made anew."""

    def __init__(self, home: Path, address: str) -> None:
        self.home = home
        self._address = address
        self._exported: dict[str, list[Row]] = {}
        self._make_project()

    def take_sources(self, warehouse: Warehouse) -> None:
        """Hands over what a warehouse of DuckDB has found in its lake by now."""
        folder = self.home / "sources"
        folder.mkdir(exist_ok=True)
        names = [
            f"{each.schema}.{each.identifier}"
            for each in manifest().sources.values()
            if each.config.meta.get("external")
        ]
        with duckdb.connect(str(warehouse.home / "sentinel.duckdb"), read_only=True) as found:
            for name in (*names, "lake.ledger_entries"):
                table = found.sql(f"select * from {name}").to_arrow_table()
                pq.write_table(_with_zone(table), folder / f"{name}.parquet")

    def dbt(self, *arguments: str, die_at: str | None = None) -> str:
        """Runs dbt in a process of its own, and gives what it says.

        Args:
            die_at: text of a statement before which the process ends without a word.

        Raises:
            AssertionError: when dbt fails, or does not come to the statement.
        """
        command, *options = arguments
        self._exported.clear()
        project = ("--project-dir", str(self.home / "project"), "--profiles-dir", str(_ROOM))
        dying = ("--die-at", die_at) if die_at else ()
        done = self._run("dbt", *dying, "--no-use-colors", command, *project, *options)
        said = done.stdout + done.stderr
        assert done.returncode == (DIED if die_at else 0), said
        return said

    def execute(self, *statements: str) -> None:
        """Changes the warehouse behind dbt's back."""
        self._exported.clear()
        done = self._run("execute", *statements)
        assert done.returncode == 0, done.stderr

    def export(self, models: Iterable[str]) -> None:
        """Reads models, for `rows` to have them: a process takes seconds to start."""
        wanted = [_SCHEMA_PREFIX + model for model in models]
        folder = self.home / "exported"
        done = self._run("export", str(folder), *wanted)
        assert done.returncode == 0, done.stderr
        for name in wanted:
            table = pq.read_table(folder / f"{name}.parquet")
            self._exported[name.removeprefix(_SCHEMA_PREFIX)] = _without_zone(table).to_pylist()

    def rows(self, models: Iterable[str]) -> dict[str, list[Row]]:
        """Every row of each model."""
        missing = [model for model in models if model not in self._exported]
        if missing:
            self.export(missing)
        return {model: self._exported[model] for model in models}

    def metadata(self, model: str) -> Path:
        """The newest description of an Iceberg table, as its files lie in the warehouse."""
        table = model.split(".")[1]
        tables = (self.home / "spark" / "warehouse").rglob(f"{table}-????????-*")
        found = [file for each in tables for file in each.glob("metadata/*.metadata.json")]
        return max(found, key=lambda path: path.stat().st_mtime_ns)

    def _make_project(self) -> None:
        """The project, but for the hook that makes the lake readable."""
        project = self.home / "project"
        project.mkdir(parents=True)
        for name in _LINKED:
            (project / name).symlink_to(REPOSITORY_ROOT / name)
        (project / "sail").symlink_to(_ROOM / "macros")
        text = (REPOSITORY_ROOT / "dbt_project.yml").read_text(encoding="utf-8")
        for ours, sails in {
            'macro-paths: ["macros"]': 'macro-paths: ["macros", "sail"]',
            "{{ create_external_sources() }}": "{{ take_exported_sources() }}",
        }.items():
            assert text.count(ours) == 1
            text = text.replace(ours, sails)
        (project / "dbt_project.yml").write_text(text, encoding="utf-8")

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        program = REPOSITORY_ROOT / "tests" / "support" / "dbt_on_sail.py"
        return subprocess.run(
            [str(ENVIRONMENT / "python"), str(program), *arguments],
            cwd=self.home, env=self._environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip

    def _environment(self) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("SENTINEL_", "DBT_", "PYTHON"))
        }  # fmt: skip
        return {
            **inherited,
            "SENTINEL_HOME": str(self.home),
            "SENTINEL_SPARK_TABLE_FORMAT": "iceberg",
            "SPARK_REMOTE": self._address,
            "DBT_TARGET_PATH": str(self.home / "dbt_target"),
            "DBT_LOG_PATH": str(self.home / "dbt_logs"),
            # pyspark-client warns of every pandas after 2.
            "PYTHONWARNINGS": "ignore",
        }


def _with_zone(table: pa.Table) -> pa.Table:
    """Times as Spark has them: instants."""
    return _times_as(table, pa.timestamp("us", "UTC"))


def _without_zone(table: pa.Table) -> pa.Table:
    """Times as every engine's tests have them: UTC, without saying so."""
    return _times_as(table, pa.timestamp("us"))


def _times_as(table: pa.Table, type_: pa.DataType) -> pa.Table:
    columns = [
        column.cast(type_) if pa.types.is_timestamp(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, table.column_names)
