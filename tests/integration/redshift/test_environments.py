"""On a shared warehouse: a developer's models, and a pull request's, which expire.

What they build is their own, all else is read where production has it.
"""

import json
import os
import shlex
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner
from typer.testing import CliRunner

from sentinel.cli import application
from sentinel.errors import SentinelError
from sentinel.lake import Lake
from sentinel.ledger import utc_now
from sentinel.review.environments import (
    KEPT,
    ReviewEnvironmentError,
    drop,
    environments,
    expire,
    renew,
)
from sentinel.settings import REPOSITORY_ROOT, Settings
from tests.redshift_standin.server import RedshiftStandin
from tests.support.aws_server import AwsServer
from tests.support.redshift_warehouse import RedshiftWarehouse

pytestmark = pytest.mark.xdist_group("redshift")

MODEL = "fraud_kpis_daily"
DEVELOPER = "dev_ada"
CHANGED = "rule_performance"


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


def schemas(warehouse: RedshiftWarehouse, prefix: str = DEVELOPER) -> dict[str, set[str]]:
    """Relations by schema, of those that begin so."""
    found: dict[str, set[str]] = {}
    for schema, name in warehouse.query(
        "select table_schema, table_name from information_schema.tables "
        f"where table_schema like '{prefix}%'"
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


@pytest.fixture
def pull_request(
    production: None,
    golden_redshift: RedshiftWarehouse,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Path]:
    """The settings of a pull request, and a state in which one model is another."""
    sentinel("state", "save")
    monkeypatch.setenv("SENTINEL_SCHEMA", "pr_12")
    monkeypatch.setenv("SENTINEL_ENVIRONMENT", "dev")
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "pull_request_target"))
    sentinel("state", "fetch", "prod")
    state = tmp_path / "home" / "dbt" / "state" / "prod"
    manifest = json.loads((state / "manifest.json").read_text())
    manifest["nodes"][f"model.sentinel.{CHANGED}"]["raw_code"] = "select 1"
    (state / "manifest.json").write_text(json.dumps(manifest))
    yield state
    for schema in schemas(golden_redshift, "pr_12"):
        golden_redshift.execute(f"drop schema {schema} cascade")


def test_a_pull_request_is_built_beside_production_and_its_comment_names_the_columns(
    pull_request: Path,
    golden_redshift: RedshiftWarehouse,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    comment = tmp_path / "comment.md"
    golden_redshift.execute(f"alter table marts.{CHANGED} add column old_share numeric(10,2)")
    try:
        sentinel("review", "--state", str(pull_request), "--write", str(comment))
    finally:
        golden_redshift.execute(f"alter table marts.{CHANGED} drop column old_share")
    text = comment.read_text()
    assert "## Models: built, and every test passed" in text
    # Another prefix is no change: not of a source either.
    assert "\n1 changed, 0 downstream, " in text
    assert f"### `marts.{CHANGED}` (changed)" in text
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == ["| `old_share` | removed | `numeric(10,2)` | – |"]  # noqa: RUF001
    found = schemas(golden_redshift, "pr_12")
    assert found["pr_12_marts"] == {CHANGED}
    assert found["pr_12_environment"] == {"lease"}
    (wanted,) = golden_redshift.rows([f"marts.{CHANGED}"]).values()
    (built,) = golden_redshift.rows([f"pr_12_marts.{CHANGED}"]).values()
    assert sorted(map(str, built)) == sorted(map(str, wanted))

    monkeypatch.setenv("SENTINEL_SCHEMA", "prod")
    with pytest.raises(SentinelError, match="built over the state"):
        sentinel("review", "--state", str(pull_request))
    monkeypatch.setenv("SENTINEL_SCHEMA", "pr_12")
    assert "pr_12" in sentinel("environments", "list")
    assert "Nothing to drop" in sentinel("environments", "expire")
    assert "Dropped pr_12" in sentinel("environments", "drop", "pr_12")
    assert schemas(golden_redshift, "pr_12") == {}


def test_environments_expire_one_by_one_and_nobody_elses(
    production: None, golden_redshift: RedshiftWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTINEL_ENVIRONMENT", "dev")
    settings, now = Settings.load(), utc_now()
    for number, begun in ((12, now), (120, now + timedelta(days=1))):
        monkeypatch.setenv("SENTINEL_SCHEMA", f"pr_{number}")
        renew(settings, now=begun)
        golden_redshift.execute(
            f"create schema pr_{number}_marts", f"create table pr_{number}_marts.facts (id int)"
        )
    # One that was cut before it had a lease, and schemas that only look like one.
    golden_redshift.execute(
        "create schema pr_7_environment", "create schema pr_7_marts", "create schema pr_x_marts",
        "create schema dev_pr_12_environment",
    )  # fmt: skip
    try:
        assert [each.prefix for each in environments(settings)] == ["pr_12", "pr_120", "pr_7"]
        assert [each.prefix for each in expire(settings, now)] == ["pr_7"]
        assert expire(settings, now + KEPT - timedelta(minutes=1)) == []
        assert [each.prefix for each in expire(settings, now + KEPT)] == ["pr_12"]
        (left,) = environments(settings)
        assert (left.prefix, left.schemas) == ("pr_120", ("pr_120_marts", "pr_120_environment"))
        monkeypatch.setenv("SENTINEL_SCHEMA", "pr_120")
        renew(settings, timedelta(days=30), now)
        assert expire(settings, now + timedelta(days=29)) == []
        assert drop(settings, "pr_120").prefix == "pr_120"
        with pytest.raises(ReviewEnvironmentError, match="no environment 'dev_ada'"):
            drop(settings, "dev_ada")
        names = {name for (name,) in golden_redshift.query("select nspname from pg_namespace")}
        assert {"pr_x_marts", "dev_pr_12_environment", "marts"} <= names
        assert not {name for name in names if name.startswith(("pr_12", "pr_7"))}
    finally:
        golden_redshift.execute("drop schema pr_x_marts", "drop schema dev_pr_12_environment")


@pytest.mark.parametrize("name", ["prod", "dev_ada", "pr_", "pr_12; drop schema marts"])
def test_only_a_pull_request_has_an_environment_that_expires(
    name: str, production: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTINEL_SCHEMA", name)
    with pytest.raises(ReviewEnvironmentError, match="named for its pull request"):
        renew(Settings.load())


def test_a_warehouse_of_ones_own_has_no_environments(tmp_path: Path) -> None:
    with pytest.raises(ReviewEnvironmentError, match="remove its state folder"):
        environments(Settings(home=tmp_path))
