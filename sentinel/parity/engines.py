"""The engines: building the project on one, and reading what it built.

Belongs here: how each is run, as a user runs it, by its command; and how its tables are read. Does
not belong here: comparing.

Each has a state folder of its own and schemas of its own, so that nothing of a user's is touched.
"""

import json
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from sentinel.dbt_project import dbt_command
from sentinel.errors import SentinelError, SettingsError
from sentinel.lake import LEDGER, Lake
from sentinel.lake_access import open_lake
from sentinel.parity.data_set import DataSet
from sentinel.parity.tables import Table, tables
from sentinel.redshift import redshift_cursor, schemas
from sentinel.settings import REPOSITORY_ROOT, Settings

# Snapshots keep the time at which each engine looked, unit tests are of the SQL and not of data.
_LEFT_OUT = ("--exclude-resource-type", "snapshot", "--exclude-resource-type", "unit_test")
WITHOUT_TESTS = ("--exclude-resource-type", "test")
_SHOWN_CHARACTERS = 4_000
_FIXED_SCHEMAS = ("lake", "raw")


class EngineError(SentinelError):
    """An engine could not build the project."""


@dataclass(frozen=True)
class Built:
    """What a build did.

    Attributes:
        tables: models and seeds that were built; of the project's tables, by schema and name.
        verdicts: status and count of failures of each data test.
    """

    tables: Sequence[Table]
    verdicts: Mapping[str, tuple[str, int]]

    @classmethod
    def read(cls, target: Path) -> "Built":
        """What dbt wrote down of its last invocation."""
        results = json.loads((target / "run_results.json").read_text())["results"]
        known = tables(json.loads((target / "manifest.json").read_text()))
        built = {each["unique_id"].rsplit(".", 1)[-1] for each in results}
        verdicts = {
            each["unique_id"]: (each["status"], each["failures"] or 0)
            for each in results
            if each["unique_id"].startswith("test.")
        }
        return cls([each for each in known if each.name in built], verdicts)


class Engine(ABC):
    """One engine with a state folder of its own.

    Args:
        folder: of this comparison; the engine's own is below it.
        data: the lake.
    """

    name: str

    def __init__(self, folder: Path, data: DataSet) -> None:
        self.home = folder / self.name
        self._data = data

    def take(self, entries: Sequence[Path]) -> None:  # noqa: B027 (most read the ledger itself)
        """Sees to it that the engine knows batches that were committed."""

    def build(self, *arguments: str) -> Built:
        """Runs `dbt build`.

        Raises:
            EngineError: when a node fails, with what was printed.
        """
        self._run(*self._build_command(*_LEFT_OUT, *arguments))
        return Built.read(self.home / "dbt" / "target")

    @abstractmethod
    def _build_command(self, *arguments: str) -> list[str]:
        """The command that builds."""

    @abstractmethod
    def read(self, wanted: Sequence[Table]) -> dict[Table, pa.Table]:
        """The rows of tables; the names of files without their folders, which are each engine's."""

    def close(self) -> None:  # noqa: B027 (most keep all in their folder)
        """Removes what lies outside the state folder."""

    def environment(self) -> dict[str, str]:
        """Environment variables of the engine's processes."""
        return {
            "SENTINEL_HOME": str(self.home),
            "SENTINEL_LAKE_URL": str(self._data.lake),
            "SENTINEL_SAMPLE": "false",
            "DBT_TARGET_PATH": str(self.home / "dbt" / "target"),
            "DBT_LOG_PATH": str(self.home / "dbt" / "logs"),
        }

    def _run(self, *command: str) -> None:
        environment = {**os.environ, **self.environment()}
        self.home.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            command, cwd=REPOSITORY_ROOT, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            said = (done.stdout + done.stderr)[-_SHOWN_CHARACTERS:]
            raise EngineError(f"{self.name}: {' '.join(command[1:4])} … failed:\n{said}")


class OnDuckDB(Engine):
    """The embedded engine."""

    name = "duckdb"

    def environment(self) -> dict[str, str]:
        """See `Engine.environment`."""
        return {**super().environment(), "SENTINEL_ENVIRONMENT": "local"}

    def _build_command(self, *arguments: str) -> list[str]:
        return dbt_command("build", "--target", "duckdb", *arguments)

    def read(self, wanted: Sequence[Table]) -> dict[Table, pa.Table]:
        """See `Engine.read`."""
        with duckdb.connect(str(self.home / "sentinel.duckdb"), read_only=True) as warehouse:
            return {
                table: _without_folders(
                    warehouse.sql(f"select * from {table.schema}.{table.name}").to_arrow_table()
                )
                for table in wanted
            }


class OnSpark(Engine):
    """Spark on this machine, by the job's own entry point."""

    name = "spark"
    _SCHEMA = "parity"

    def environment(self) -> dict[str, str]:
        """See `Engine.environment`."""
        return {
            **super().environment(),
            "SENTINEL_ENVIRONMENT": "local",
            "SENTINEL_SCHEMA": self._SCHEMA,
            # What is compared is mostly small: many parts of few rows cost Spark most of its time.
            "SENTINEL_SPARK_SHUFFLE_PARTITIONS": os.environ.get(
                "SENTINEL_SPARK_SHUFFLE_PARTITIONS", "2"
            ),
        }

    def _build_command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "spark_job", "build", *arguments]

    def read(self, wanted: Sequence[Table]) -> dict[Table, pa.Table]:
        """See `Engine.read`."""
        folder = self.home / "exported"
        names = [f"{self._SCHEMA}_{table.schema}.{table.name}" for table in wanted]
        self._run(sys.executable, "-m", "spark_job", "export", str(folder), *names)
        return {
            table: _without_folders(ds.dataset(folder / name).to_table())
            for table, name in zip(wanted, names, strict=True)
        }


class OnRedshift(Engine):
    """Redshift, with the lake copied to S3 and registered in Glue under names of its own."""

    name = "redshift"

    def __init__(self, folder: Path, data: DataSet) -> None:
        super().__init__(folder, data)
        settings = Settings.load()
        if settings.lake_url is None or not settings.lake_url.startswith("s3://"):
            raise SettingsError(
                "Redshift reads its lake from S3: set SENTINEL_LAKE_URL=s3://<bucket>/<prefix>, a "
                "copy is made below it, and SENTINEL_REDSHIFT_HOST and the variables beside it "
                "(docs/guides/redshift.md). In a clone, `make parity` brings a stand-in along."
            )
        self._prefix = f"parity_{os.getpid()}"
        self._location = f"{settings.lake_location}/{self._prefix}"
        self._endpoint = settings.aws_endpoint_url
        self._refuse_a_database_in_use()
        self._lake = open_lake(settings, self._location)
        _copy(Lake(str(data.lake)), self._lake)

    def environment(self) -> dict[str, str]:
        """See `Engine.environment`."""
        return {
            **super().environment(),
            "SENTINEL_LAKE_URL": self._location,
            "SENTINEL_CATALOGUE": self._prefix,
            "SENTINEL_SCHEMA": self._prefix,
            "SENTINEL_TARGET": "redshift",
        }

    def take(self, entries: Sequence[Path]) -> None:
        """Copies the entries to S3 and registers their batches."""
        for entry in entries:
            self._lake.put(str(entry.relative_to(self._data.lake)), entry.read_bytes())
        self._run(str(Path(sys.executable).with_name("sentinel")), "catalogue", "register")

    def _build_command(self, *arguments: str) -> list[str]:
        return dbt_command("build", "--target", "redshift", *arguments)

    def read(self, wanted: Sequence[Table]) -> dict[Table, pa.Table]:
        """See `Engine.read`."""
        found = {}
        with redshift_cursor() as cursor:
            for table in wanted:
                cursor.execute(f"select * from {self._prefix}_{table.schema}.{table.name}")
                names = [each[0] for each in cursor.description]
                rows = cursor.fetchall()
                columns = zip(*rows, strict=True) if rows else ([] for _ in names)
                found[table] = _without_folders(
                    pa.table([pa.array(list(each)) for each in columns], names)
                )
        return found

    def close(self) -> None:
        """Drops the schemas, the catalogue's databases and the copy of the lake."""
        import boto3

        with redshift_cursor() as cursor:
            for schema in schemas(cursor):
                if schema.startswith(f"{self._prefix}_") or schema in _FIXED_SCHEMAS:
                    cursor.execute(f'drop schema "{schema}" cascade')
        glue = boto3.client("glue", endpoint_url=self._endpoint)
        for database in glue.get_databases()["DatabaseList"]:
            if database["Name"].startswith(f"{self._prefix}_"):
                glue.delete_database(Name=database["Name"])
        self._lake.delete(self._lake.list(""))

    def _refuse_a_database_in_use(self) -> None:
        """External schemas have the same names everywhere: whose they are cannot be told."""
        with redshift_cursor() as cursor:
            there = sorted(set(schemas(cursor)) & set(_FIXED_SCHEMAS))
        if there:
            raise SettingsError(
                f"the Redshift database has schemas {', '.join(there)}: somebody uses it. Make one "
                "for this (`create database parity`) and set SENTINEL_REDSHIFT_DATABASE to it."
            )


ENGINES: Mapping[str, type[Engine]] = {each.name: each for each in (OnDuckDB, OnSpark, OnRedshift)}


def _copy(source: Lake, target: Lake) -> None:
    """Everything but the ledger, which is copied as runs reveal it."""
    paths = [path for path in source.list("") if not path.startswith(f"{LEDGER}/")]
    for path, content in zip(paths, source.read_each(paths), strict=True):
        target.put(path, content)


def _without_folders(table: pa.Table) -> pa.Table:
    """Records name the file they lie in, which each engine's lake has at another place."""
    if "_file" not in table.column_names:
        return table
    number = table.column_names.index("_file")
    names = pc.replace_substring_regex(table["_file"].cast(pa.string()), "^.*/", "")
    return table.set_column(number, "_file", names)
