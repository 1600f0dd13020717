"""Settings: which environment this is, where its lake and warehouse are, what may run unattended.

Belongs here: everything read from the process environment, read once. Does not belong here:
anything that opens a file or a connection.
"""

import os
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from sentinel.errors import SettingsError

REPOSITORY_ROOT = Path(__file__).resolve().parent.parent
DEVELOPMENT_TOKEN_KEY = "sentinel-development-key-never-use-in-production"  # noqa: S105


class EnvironmentName(StrEnum):
    """The environments there are; a name that is not here does not exist."""

    LOCAL = "local"
    AWS_LOCAL = "aws_local"
    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


@dataclass(frozen=True)
class Environment:
    """What distinguishes one environment: three separate choices, nothing derived from a name.

    Attributes:
        target: dbt target that is written.
        lake: kind of lake that is read.
        stream: kind of stream that producers write to.
        is_automated: whether schedules and sensors may run unattended by default.
        allows_development_key: whether the built-in token key may be used.
        runs_observability_hooks: whether elementary's hooks run after each dbt invocation.
    """

    target: Literal["duckdb", "redshift"]
    lake: Literal["folder", "s3"]
    stream: Literal["folder", "kinesis"]
    is_automated: bool
    allows_development_key: bool
    runs_observability_hooks: bool


ENVIRONMENTS: dict[EnvironmentName, Environment] = {
    EnvironmentName.LOCAL: Environment("duckdb", "folder", "folder", False, True, False),
    EnvironmentName.AWS_LOCAL: Environment("duckdb", "s3", "kinesis", False, True, False),
    EnvironmentName.DEV: Environment("redshift", "s3", "kinesis", False, False, False),
    EnvironmentName.STAGING: Environment("redshift", "s3", "kinesis", True, False, True),
    EnvironmentName.PROD: Environment("redshift", "s3", "kinesis", True, False, True),
}


class Settings(BaseSettings):
    """Settings of one process, from `SENTINEL_*` environment variables.

    Raises:
        SettingsError: by `load()` when a variable is missing, unknown or contradictory.
    """

    model_config = SettingsConfigDict(env_prefix="SENTINEL_", extra="ignore", frozen=True)

    environment: EnvironmentName = EnvironmentName.LOCAL
    home: Path = Field(default=REPOSITORY_ROOT / ".sentinel")
    lake_url: str | None = None
    token_key: SecretStr | None = None
    token_key_secret: str | None = None
    automation: bool | None = None
    first_event_date: date | None = None
    alert_channel: Literal["log", "webhook", "sns"] = "log"
    alert_webhook_url: str | None = None
    alert_topic_arn: str | None = None
    aws_endpoint_url: str | None = None
    ledger_queue_url: str | None = None
    firehose_url: str | None = None
    firehose_queue_url: str | None = None
    capture_dsn: SecretStr | None = None
    catalogue: str = "sentinel"
    published_readers: Annotated[tuple[str, ...], NoDecode] = ()
    emr_application_id: str | None = None
    emr_role_arn: str | None = None
    emr_package_url: str | None = None
    spark_table_format: Literal["parquet", "iceberg"] = "parquet"
    model_registry_url: str | None = None
    model_artifacts_url: str | None = None
    log_format: Literal["console", "json"] = "console"

    @field_validator("published_readers", mode="before")
    @classmethod
    def _by_commas(cls, value: Any) -> Any:
        return tuple(filter(None, value.split(","))) if isinstance(value, str) else value

    @classmethod
    def load(cls) -> "Settings":
        """Reads the environment and checks that the choices fit together."""
        name = os.environ.get("SENTINEL_ENVIRONMENT", EnvironmentName.LOCAL)
        known = [str(each) for each in EnvironmentName]
        if name not in known:
            raise SettingsError(
                f"SENTINEL_ENVIRONMENT is {name!r}, which does not exist; use one of "
                f"{', '.join(known)}."
            )
        settings = cls()
        if settings.spec.lake == "s3" and not (settings.lake_url or "").startswith("s3://"):
            raise SettingsError(
                f"environment {name!r} reads its lake from S3: set SENTINEL_LAKE_URL to "
                "s3://<bucket>/<prefix>."
            )
        if settings.alert_channel == "webhook" and not settings.alert_webhook_url:
            raise SettingsError("SENTINEL_ALERT_CHANNEL=webhook needs SENTINEL_ALERT_WEBHOOK_URL.")
        if settings.alert_channel == "sns" and not settings.alert_topic_arn:
            raise SettingsError("SENTINEL_ALERT_CHANNEL=sns needs SENTINEL_ALERT_TOPIC_ARN.")
        return settings

    @property
    def spec(self) -> Environment:
        """The declared properties of this environment."""
        return ENVIRONMENTS[self.environment]

    @property
    def may_run_unattended(self) -> bool:
        """Whether schedules and sensors start switched on."""
        return self.spec.is_automated if self.automation is None else self.automation

    @property
    def state_folder(self) -> Path:
        """The one folder with all local state, absolute."""
        return self.home.expanduser().resolve()

    @property
    def lake_location(self) -> str:
        """URL or absolute path of the lake's root, without a trailing slash."""
        return (self.lake_url or str(self.state_folder / "lake")).rstrip("/")

    @property
    def firehose_location(self) -> str:
        """Where Firehose writes its objects, without a trailing slash: the lake unless set.

        Raises:
            SettingsError: when that is not on S3.
        """
        location = (self.firehose_url or self.lake_location).rstrip("/")
        if not location.startswith("s3://"):
            raise SettingsError(
                f"Firehose writes to S3, and {location} is not there: set SENTINEL_FIREHOSE_URL to "
                "s3://<bucket>/<prefix>, the place below which its prefixes firehose/ and "
                "firehose-errors/ lie."
            )
        return location

    @property
    def warehouse_file(self) -> Path:
        """DuckDB file that dbt builds; nobody else opens it while dbt runs."""
        return self.state_folder / "sentinel.duckdb"

    @property
    def published_file(self) -> Path:
        """DuckDB file with the published marts, replaced whole, for readers."""
        return self.state_folder / "published" / "published.duckdb"

    @cached_property
    def personal_data_key(self) -> bytes:
        """Key of the HMAC that tokenises personal data.

        Raises:
            SettingsError: outside `local` and `aws_local` when no key is configured.
        """
        if self.token_key is not None:
            return self.token_key.get_secret_value().encode()
        if self.token_key_secret is not None:
            return _secret_from_store(self.token_key_secret, self.aws_endpoint_url)
        if self.spec.allows_development_key:
            return DEVELOPMENT_TOKEN_KEY.encode()
        raise SettingsError(
            f"environment {self.environment!s} needs a key to tokenise personal data: set "
            "SENTINEL_TOKEN_KEY, or SENTINEL_TOKEN_KEY_SECRET to the name of a secret in AWS "
            "Secrets Manager."
        )


def _secret_from_store(name: str, endpoint_url: str | None) -> bytes:
    try:
        import boto3
    except ImportError as error:
        raise SettingsError(
            "SENTINEL_TOKEN_KEY_SECRET needs boto3: install sentinel[aws]."
        ) from error
    client = boto3.client("secretsmanager", endpoint_url=endpoint_url)
    return str(client.get_secret_value(SecretId=name)["SecretString"]).encode()
