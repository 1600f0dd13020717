"""The job that runs dbt on Spark: back-fills and wide features, for what outgrows one machine.

Belongs here: starting it, on EMR Serverless or as a process of this machine, and what its run
shows. Does not belong here: what the job does; see `spark_job`, whose entry point both start.
"""

import os
import shlex
import sys
from typing import Any

import dagster as dg

from sentinel.errors import SettingsError
from sentinel.settings import REPOSITORY_ROOT, Settings

BUILD_ON_SPARK = "build_on_spark"
_EXECUTION_TIMEOUT_MINUTES = 12 * 60
# Where EMR's images have it, as "Using Apache Iceberg with EMR Serverless" says.
_ICEBERG_OF_EMR = "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar"


class SparkBuild(dg.Config):
    """Configuration of a run; as dbt's options of the same names."""

    select: str = ""
    full_refresh: bool = False


def build_arguments(config: SparkBuild) -> list[str]:
    """Arguments of the entry point."""
    selected = ["--select", *shlex.split(config.select)] if config.select else []
    return ["build", *selected, *(["--full-refresh"] if config.full_refresh else [])]


def emr_job(settings: Settings, arguments: list[str]) -> dict[str, Any]:
    """The request that starts the entry point on EMR Serverless.

    At `SENTINEL_EMR_PACKAGE_URL` lie the entry point, the project (`make spark-package`) and a
    Python environment with its requirements (docs/guides/spark.md).

    Raises:
        SettingsError: where application, role or archive are not set.
    """
    needed = {
        "SENTINEL_EMR_APPLICATION_ID": settings.emr_application_id,
        "SENTINEL_EMR_ROLE_ARN": settings.emr_role_arn,
        "SENTINEL_EMR_PACKAGE_URL": settings.emr_package_url,
    }
    if missing := [name for name, value in needed.items() if not value]:
        raise SettingsError(f"Spark runs on EMR Serverless here: set {', '.join(missing)}.")
    url = str(settings.emr_package_url).rstrip("/")
    python = "./environment/bin/python"
    variables = {
        "PYSPARK_DRIVER_PYTHON": python,
        "PYSPARK_PYTHON": python,
        "PYTHONPATH": "./project",
        "SENTINEL_ENVIRONMENT": str(settings.environment),
        "SENTINEL_LAKE_URL": settings.lake_location,
        "SENTINEL_HOME": "./state",
        "SENTINEL_LOG_FORMAT": "json",
        "SENTINEL_SCHEMA": os.environ.get("SENTINEL_SCHEMA", "dev"),
        "SENTINEL_SPARK_TABLE_FORMAT": settings.spark_table_format,
    }
    if settings.token_key_secret:
        variables["SENTINEL_TOKEN_KEY_SECRET"] = settings.token_key_secret
    options = {
        "spark.archives": (f"{url}/environment.tar.gz#environment,{url}/project.tar.gz#project"),
        "spark.executorEnv.PYSPARK_PYTHON": python,
        "spark.executorEnv.PYTHONPATH": "./project",
        "spark.hadoop.hive.metastore.client.factory.class": (
            "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory"
        ),
        **{f"spark.emr-serverless.driverEnv.{name}": value for name, value in variables.items()},
    }
    if settings.spark_table_format == "iceberg":
        options["spark.jars"] = _ICEBERG_OF_EMR
    return {
        "applicationId": settings.emr_application_id,
        "executionRoleArn": settings.emr_role_arn,
        "name": f"sentinel {' '.join(arguments)}"[:256],
        "executionTimeoutMinutes": _EXECUTION_TIMEOUT_MINUTES,
        # What the job prints is where Dagster reads what it reports.
        "configurationOverrides": {
            "monitoringConfiguration": {"cloudWatchLoggingConfiguration": {"enabled": True}}
        },
        "jobDriver": {
            "sparkSubmit": {
                "entryPoint": f"{url}/entry_point.py",
                "entryPointArguments": arguments,
                "sparkSubmitParameters": " ".join(
                    f"--conf {name}={shlex.quote(value)}" for name, value in options.items()
                ),
            }
        },
    }


@dg.op(required_resource_keys={"spark"})
def run_dbt_on_spark(context: dg.OpExecutionContext, config: SparkBuild) -> None:
    """Starts the entry point, waits for it, and shows what it reported."""
    settings, arguments = Settings.load(), build_arguments(config)
    if settings.spec.target == "duckdb":
        done = context.resources.spark.run(
            context=context,
            command=[sys.executable, "-m", "spark_job", *arguments],
            cwd=str(REPOSITORY_ROOT),
        )
    else:
        done = context.resources.spark.run(
            context=context, start_job_run_params=emr_job(settings, arguments)
        )
    for report in done.get_custom_messages():
        context.add_output_metadata(report)


@dg.job(name=BUILD_ON_SPARK, description="Build models with Spark: back-fills and wide features.")
def build_on_spark() -> None:
    """One op: the job takes up what an earlier one left undone."""
    run_dbt_on_spark()


def spark_resource(settings: Settings) -> dg.ResourceDefinition:
    """What starts the entry point; made when a run needs it: on AWS it asks for a region."""
    return dg.ResourceDefinition(lambda _: _client(settings))


def _client(settings: Settings) -> Any:
    if settings.spec.target == "duckdb":
        return dg.PipesSubprocessClient()
    try:
        from dagster_aws.pipes import PipesEMRServerlessClient
    except ImportError as error:
        raise SettingsError("EMR Serverless needs its packages: install sentinel[aws].") from error
    return PipesEMRServerlessClient()
