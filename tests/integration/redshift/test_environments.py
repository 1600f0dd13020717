"""A developer on a shared warehouse: one model of their own, all else as production has it."""

import os
import shlex
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner
from typer.testing import CliRunner

from sentinel.cli import application
from sentinel.errors import SentinelError
from sentinel.lake import Lake
from sentinel.settings import REPOSITORY_ROOT
from tests.redshift_standin.server import RedshiftStandin
from tests.support.aws_server import AwsServer
from tests.support.redshift_warehouse import RedshiftWarehouse

pytestmark = pytest.mark.xdist_group("redshift")

MODEL = "fraud_kpis_daily"
DEVELOPER = "dev_ada"


@pytest.fixture
def production(
    aws: AwsServer,
    standin: RedshiftStandin,
    golden_redshift: RedshiftWarehouse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The environment of production, with the lake of the golden data set."""
    variables = {
        **standin.environment("prod"), "SENTINEL_ENVIRONMENT": "prod",
        "SENTINEL_TOKEN_KEY": "key", "SENTINEL_HOME": str(tmp_path / "home"),
        "SENTINEL_LAKE_URL": golden_redshift.lake.location,
        "SENTINEL_CATALOGUE": golden_redshift.name, "SENTINEL_AWS_ENDPOINT_URL": aws.address,
        "SENTINEL_SAMPLE": "false", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1", "DBT_TARGET_PATH": str(tmp_path / "target"),
        "DBT_LOG_PATH": str(tmp_path / "logs"),
    }  # fmt: skip
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def sentinel(*arguments: str) -> str:
    done = CliRunner().invoke(application(arguments[0]), list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def dbt(command: str, *more: str) -> None:
    done = dbtRunner().invoke([
        "--quiet", *shlex.split(command)[1:], *more, "--target", "redshift",
        "--project-dir", str(REPOSITORY_ROOT), "--profiles-dir", str(REPOSITORY_ROOT),
    ])  # fmt: skip
    assert done.success, done.exception or [each.message for each in done.result.results]


def schemas(warehouse: RedshiftWarehouse) -> dict[str, set[str]]:
    """Relations of the developer by schema."""
    found: dict[str, set[str]] = {}
    for schema, name in warehouse.query(
        "select table_schema, table_name from information_schema.tables "
        f"where table_schema like '{DEVELOPER}%'"
    ):
        found.setdefault(schema, set()).add(name)
    return found


def test_a_developer_builds_one_model_and_defers_to_production_for_the_rest(
    production: None,
    golden_redshift: RedshiftWarehouse,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    sentinel("state", "save")
    monkeypatch.setenv("SENTINEL_SCHEMA", DEVELOPER)
    monkeypatch.setenv("SENTINEL_ENVIRONMENT", "dev")
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "developers_target"))
    defer, clone = sentinel("state", "fetch", "prod").splitlines()
    defer = defer.replace("dbt build --select state:modified+", f"dbt run --select {MODEL}")
    dbt(defer)
    theirs = f"{DEVELOPER}_marts.{MODEL}"
    assert schemas(golden_redshift)[f"{DEVELOPER}_marts"] == {MODEL}
    assert f"{DEVELOPER}_features" not in schemas(golden_redshift)
    (wanted,) = golden_redshift.rows([f"marts.{MODEL}"]).values()
    (found,) = golden_redshift.rows([theirs]).values()
    assert sorted(map(str, found)) == sorted(map(str, wanted))
    assert found

    dbt(clone, "--select", "dim_customers")
    (found,) = golden_redshift.rows([f"{DEVELOPER}_marts.dim_customers"]).values()
    (wanted,) = golden_redshift.rows(["marts.dim_customers"]).values()
    assert sorted(map(str, found)) == sorted(map(str, wanted))
    assert found


def test_a_state_that_nobody_saved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path))
    monkeypatch.delenv("SENTINEL_LAKE_URL", raising=False)
    assert not Lake(str(tmp_path / "lake")).exists("dbt_state/staging/manifest.json")
    done = CliRunner().invoke(application("state"), ["state", "fetch", "staging"])
    assert isinstance(done.exception, SentinelError)
    assert "run `sentinel state save` in staging" in str(done.exception)
    assert "SENTINEL_LAKE_URL" in str(done.exception)
    assert os.listdir(tmp_path) == []
