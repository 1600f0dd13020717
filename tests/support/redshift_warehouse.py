"""A throw-away lake on S3 and a warehouse on the stand-in for Redshift, for one test.

Belongs here: registering what was delivered, running dbt's target `redshift`, reading what it
built. Does not belong here: assertions, and which rows a test delivers.
"""

import tempfile
from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from psycopg.rows import dict_row

from sentinel.catalogue import Registered, register
from sentinel.lake import Lake
from sentinel.settings import REPOSITORY_ROOT
from sentinel.variables import environment_variables
from tests.redshift_standin.server import RedshiftStandin
from tests.support.aws_server import REGION, AwsServer
from tests.support.warehouse import Row, Warehouse, failures

# A developer's prefix would be in front of each schema; without one, names are those on DuckDB.
SCHEMA = "prod"
_PROJECT = ("--project-dir", str(REPOSITORY_ROOT), "--profiles-dir", str(REPOSITORY_ROOT))
_GLOBAL = ("--quiet", "--no-write-json", "--log-level-file", "none")


class RedshiftWarehouse(Warehouse):
    """Like `Warehouse`, with its lake on S3 and its tables on the stand-in.

    Args:
        home: folder for dbt.
        aws: the server that answers for S3 and Glue.
        standin: nobody else may use it meanwhile.
        name: of the bucket, and prefix of the catalogue's databases.
    """

    def __init__(self, home: Path, aws: AwsServer, standin: RedshiftStandin, name: str) -> None:
        super().__init__(home)
        self._aws, self._standin, self.name = aws, standin, name
        aws.client("s3").create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        self.lake = Lake(f"s3://{name}/lake", aws.options)

    def register(self) -> Registered:
        """Makes the catalogue say what the ledger says."""
        return register(self.lake, self._aws.client("glue"), self.name)

    def dbt(self, *arguments: str, check: bool = True, **_: Any) -> dbtRunnerResult:
        """Runs a dbt command on the target `redshift`; raises AssertionError when it fails."""
        command, *options = arguments
        with self._variables(self.home):
            result = dbtRunner(manifest=_manifest()).invoke(
                [*_GLOBAL, command, *_PROJECT, "--target", "redshift", *options]
            )
        if check:
            assert result.success, failures(result) or result.exception
        return result

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        with psycopg.connect(self._standin.dsn) as connection:
            return connection.execute(sql.encode()).fetchall()

    def execute(self, *statements: str) -> None:
        """Changes the warehouse behind dbt's back."""
        with psycopg.connect(self._standin.dsn, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def rows(self, models: Iterable[str]) -> dict[str, list[Row]]:
        """Every row of each model as dictionaries."""
        found = {}
        with psycopg.connect(self._standin.dsn, row_factory=dict_row) as connection:
            for model in models:
                found[model] = connection.execute(f"select * from {model}".encode()).fetchall()
        return found

    def _variables(self, home: Path) -> AbstractContextManager[None]:
        return _environment(
            home,
            {
                **self._standin.environment(SCHEMA),
                "SENTINEL_LAKE_URL": self.lake.location,
                "SENTINEL_CATALOGUE": self.name,
            },
        )


@cache
def _manifest() -> Manifest:
    with (
        tempfile.TemporaryDirectory() as folder,
        _environment(Path(folder), {"SENTINEL_SCHEMA": SCHEMA}),
    ):
        result = dbtRunner().invoke([*_GLOBAL, "parse", *_PROJECT, "--target", "redshift"])
    assert result.success, result.exception
    assert isinstance(result.result, Manifest)
    return result.result


def _environment(home: Path, others: dict[str, str]) -> AbstractContextManager[None]:
    return environment_variables(
        {
            "SENTINEL_HOME": str(home),
            "SENTINEL_SAMPLE": "false",
            "SENTINEL_TARGET": "redshift",
            "DBT_TARGET_PATH": str(home / "dbt_target"),
            "DBT_LOG_PATH": str(home / "dbt_logs"),
            # Dbt parses anew when the profile's variables are others than it was parsed with.
            "SENTINEL_REDSHIFT_DATABASE": "sentinel",
            **others,
        }
    )
