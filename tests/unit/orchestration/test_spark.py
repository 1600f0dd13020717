"""Starting the job of Spark from Dagster: on EMR Serverless by a stand-in of its client, here by a
stand-in of the process.
"""

import shlex
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster_aws.pipes import PipesEMRServerlessClient
from dagster_aws.pipes.message_readers import PipesCloudWatchMessageReader

from dagster_defs.spark import SparkBuild, build_arguments, build_on_spark, emr_job
from sentinel.errors import SettingsError
from sentinel.settings import Settings

SELECTED = {"ops": {"run_dbt_on_spark": {"config": {"select": "feat_transactions+ marts"}}}}
ARGUMENTS = ["build", "--select", "feat_transactions+", "marts"]
EMR = {
    "SENTINEL_EMR_APPLICATION_ID": "00abc",
    "SENTINEL_EMR_ROLE_ARN": "arn:aws:iam::123456789012:role/spark",
    "SENTINEL_EMR_PACKAGE_URL": "s3://packages/sentinel/",
}


class EmrServerless:
    """What the Pipes client asks of AWS: a run that is there, runs, and ends as told."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)
        self.started: list[dict[str, Any]] = []

    def start_job_run(self, **request: Any) -> dict[str, str]:
        self.started.append(request)
        return {"applicationId": request["applicationId"], "jobRunId": "run-1"}

    def get_job_run(self, applicationId: str, jobRunId: str) -> dict[str, Any]:
        run = {"applicationId": applicationId, "jobRunId": jobRunId, "state": self.states.pop(0)}
        return {"jobRun": {**run, "stateDetails": "as told"}}

    def get_dashboard_for_job_run(self, **_: str) -> dict[str, str]:
        return {"url": "https://dashboard"}

    def get_application(self, applicationId: str) -> dict[str, Any]:
        return {"application": {"applicationId": applicationId, "type": "Spark"}}


@pytest.fixture
def deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTINEL_ENVIRONMENT", "prod")
    monkeypatch.setenv("SENTINEL_LAKE_URL", "s3://lake/prod")
    monkeypatch.setenv("SENTINEL_TOKEN_KEY_SECRET", "sentinel/prod/token-key")
    monkeypatch.setenv("SENTINEL_SCHEMA", "prod")
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path))
    for name, value in EMR.items():
        monkeypatch.setenv(name, value)


def run_on(client: EmrServerless) -> dg.ExecuteInProcessResult:
    """The job with the stand-in; no logs are read, since CloudWatch is not there."""
    pipes = PipesEMRServerlessClient(
        client=client,  # type: ignore[arg-type]
        message_reader=PipesCloudWatchMessageReader(client=object()),  # type: ignore[arg-type]
        poll_interval=0,
    )
    return build_on_spark.execute_in_process(
        run_config=SELECTED, resources={"spark": pipes}, raise_on_error=False
    )


@pytest.mark.usefixtures("deployed")
def test_on_aws_the_entry_point_is_submitted_to_emr_serverless() -> None:
    client = EmrServerless("PENDING", "RUNNING", "SUCCESS")
    assert run_on(client).success
    (request,) = client.started
    assert request["applicationId"] == "00abc"
    assert request["executionRoleArn"] == EMR["SENTINEL_EMR_ROLE_ARN"]
    submitted = request["jobDriver"]["sparkSubmit"]
    assert submitted["entryPoint"] == "s3://packages/sentinel/entry_point.py"
    assert submitted["entryPointArguments"] == ARGUMENTS
    options = dict(
        each.split("=", 1) for each in shlex.split(submitted["sparkSubmitParameters"])[1::2]
    )
    driver = "spark.emr-serverless.driverEnv."
    assert options[f"{driver}SENTINEL_ENVIRONMENT"] == "prod"
    assert options[f"{driver}SENTINEL_LAKE_URL"] == "s3://lake/prod"
    assert options[f"{driver}SENTINEL_SCHEMA"] == "prod"
    assert options[f"{driver}SENTINEL_TOKEN_KEY_SECRET"] == "sentinel/prod/token-key"
    # By which the job finds its way back to the run that started it.
    assert f"{driver}DAGSTER_PIPES_CONTEXT" in options
    assert "s3://packages/sentinel/project.tar.gz#project" in options["spark.archives"]
    assert options[f"{driver}SENTINEL_SPARK_TABLE_FORMAT"] == "parquet"
    assert "spark.jars" not in options


@pytest.mark.usefixtures("deployed")
def test_iceberg_is_brought_along_where_it_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTINEL_SPARK_TABLE_FORMAT", "iceberg")
    request = emr_job(Settings.load(), ARGUMENTS)
    told = request["jobDriver"]["sparkSubmit"]["sparkSubmitParameters"]
    assert "driverEnv.SENTINEL_SPARK_TABLE_FORMAT=iceberg" in told
    assert "--conf spark.jars=/usr/share/aws/iceberg/lib/" in told


@pytest.mark.usefixtures("deployed")
def test_a_job_that_fails_there_fails_the_run() -> None:
    assert not run_on(EmrServerless("RUNNING", "FAILED")).success


@pytest.mark.usefixtures("deployed")
def test_what_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SENTINEL_EMR_ROLE_ARN")
    with pytest.raises(SettingsError, match="SENTINEL_EMR_ROLE_ARN"):
        emr_job(Settings.load(), ARGUMENTS)


class Reported:
    """What a Pipes client gives back."""

    def get_custom_messages(self) -> list[dict[str, Any]]:
        return [{"success": 3, "seconds": 1.5}]


class Process:
    """A stand-in of the client that starts a process."""

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []

    def run(self, **request: Any) -> Reported:
        self.started.append(request)
        return Reported()


def test_locally_the_same_entry_point_is_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SENTINEL_ENVIRONMENT", raising=False)
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path))
    process = Process()
    done = build_on_spark.execute_in_process(run_config=SELECTED, resources={"spark": process})
    assert process.started[0]["command"] == [sys.executable, "-m", "spark_job", *ARGUMENTS]
    (output,) = done.events_for_node("run_dbt_on_spark")[-2:-1]
    assert output.step_output_data.metadata["success"].value == 3


def test_a_full_refresh_of_everything() -> None:
    assert build_arguments(SparkBuild(full_refresh=True)) == ["build", "--full-refresh"]
