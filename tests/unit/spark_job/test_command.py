"""The job without Spark: what it hands to dbt, and how it ends where it cannot run."""

from itertools import pairwise
from pathlib import Path

import pytest

from sentinel.errors import SettingsError
from sentinel.settings import Settings
from spark_job import command, session

FULL = ["build", "--select", "features", "--full-refresh"]


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("SENTINEL_ENVIRONMENT", raising=False)
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path))
    return Settings.load()


@pytest.fixture
def deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SENTINEL_ENVIRONMENT", "prod")
    monkeypatch.setenv("SENTINEL_LAKE_URL", "s3://lake/prod")
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path))
    return Settings.load()


def option(arguments: list[str], name: str) -> list[str]:
    """The values that an option is given."""
    return [value for key, value in pairwise(arguments) if key == name]


def test_a_build_leaves_out_what_spark_cannot_do(local: Settings) -> None:
    arguments = command.dbt_arguments(local, FULL)
    assert arguments[:5] == ["--quiet", *FULL]
    assert option(arguments, "--exclude-resource-type") == ["snapshot", "unit_test"]
    assert option(arguments, "--target") == ["spark"]


def test_what_somebody_asks_for_is_not_left_out(local: Settings) -> None:
    assert option(command.dbt_arguments(local, ["snapshot"]), "--exclude-resource-type") == []
    asked = command.dbt_arguments(local, ["build", "--exclude-resource-type", "test"])
    assert option(asked, "--exclude-resource-type") == ["test"]


def test_a_deployed_environment_has_the_target_of_emr(deployed: Settings) -> None:
    assert option(command.dbt_arguments(deployed, FULL), "--target") == ["spark_emr"]
    told = session.parameters("spark_emr")
    assert told["spark.sql.session.timeZone"] == "UTC"
    assert "spark.master" not in told
    assert not any("javax.jdo" in name for name in told)


def test_iceberg_is_chosen_where_it_is(deployed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTINEL_SPARK_TABLE_FORMAT", "iceberg")
    arguments = command.dbt_arguments(Settings.load(), FULL)
    assert option(arguments, "--target") == ["spark_emr_iceberg"]
    assert option(arguments, "--exclude-resource-type") == ["unit_test"]
    told = session.parameters("spark_emr_iceberg")
    assert told["spark.sql.catalog.spark_catalog"].endswith(".SparkSessionCatalog")
    assert told["spark.sql.catalog.spark_catalog.catalog-impl"].endswith(".GlueCatalog")


def test_iceberg_is_refused_where_it_is_not(
    local: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTINEL_SPARK_TABLE_FORMAT", "iceberg")
    with pytest.raises(SettingsError, match="leave it unset here"):
        command.dbt_arguments(Settings.load(), FULL)


def test_every_target_computes_alike() -> None:
    """What decides about rows is said to each; the rest is where things lie."""
    here, there = session.parameters("spark"), session.parameters("spark_emr")
    assert there.items() <= here.items()
    assert there.items() <= session.parameters("spark_emr_iceberg").items()


def test_the_catalogue_lies_in_the_state_folder(local: Settings) -> None:
    told = session.parameters("spark")
    home = str(local.state_folder)
    assert told["spark.sql.warehouse.dir"] == f"{home}/spark/warehouse"
    assert (
        f"databaseName={home}/spark/catalogue;"
        in (told["spark.hadoop.javax.jdo.option.ConnectionURL"])
    )


@pytest.mark.parametrize("home", [None, "/nowhere"])
def test_without_java_the_error_says_what_to_install(
    home: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    if home:
        monkeypatch.setenv("JAVA_HOME", home)
    else:
        monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(SettingsError, match="openjdk-17-jre-headless"):
        session.check_java()


def test_the_job_ends_with_that_error(
    local: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert command.main(FULL) == command.UNUSABLE
    assert "openjdk-17-jre-headless" in capsys.readouterr().err


def test_without_a_command_it_says_how_to_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == command.UNUSABLE
    assert "usage: python -m spark_job" in capsys.readouterr().err
