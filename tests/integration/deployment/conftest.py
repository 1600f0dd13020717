"""What the tests of the deployed Dagster share.

Belongs here: the servers that its instance rests on. Does not belong here: assertions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.aws_server import REGION, AwsServer, aws_server
from tests.support.postgres import PostgresServer, postgres_server


@dataclass(frozen=True)
class Servers:
    """What answers for AWS, the database, and the bucket of what runs print."""

    aws: AwsServer
    postgres: PostgresServer
    log_bucket: str


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    """Servers on loopback, and what a task's environment says about them."""
    with postgres_server() as postgres, aws_server() as aws:
        found = Servers(aws, postgres, f"dagster-{postgres.port}")
        aws.client("s3").create_bucket(
            Bucket=found.log_bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        for name, value in {
            "DAGSTER_POSTGRES_HOST": "127.0.0.1", "DAGSTER_POSTGRES_PORT": str(postgres.port),
            "DAGSTER_POSTGRES_DB": "postgres", "DAGSTER_POSTGRES_USER": "tests",
            "DAGSTER_POSTGRES_PASSWORD": "none", "DAGSTER_LOG_BUCKET": found.log_bucket,
            "AWS_ENDPOINT_URL": aws.address, "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION,
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        yield found
