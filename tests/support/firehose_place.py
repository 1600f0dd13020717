"""A lake, Firehose's bucket and the queue of its events, on a server of its own.

Belongs here: making them as the guide says, and the environment that names them. Does not belong
here: what is delivered through them.
"""

import contextlib
import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sentinel.lake import Lake
from tests.support.aws_server import REGION, AwsServer
from tests.support.firehose_service import TOKEN_KEY

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
}


@dataclass(frozen=True)
class FirehosePlace:
    """Where Firehose writes, who is told, and the lake.

    Attributes:
        environment: what a process needs in order to commit there.
    """

    server: AwsServer
    bucket: str
    queue_url: str
    dead_url: str
    environment: dict[str, str]

    def put(self, key: str, content: bytes) -> None:
        """Writes an object as Firehose does; S3 tells the queue."""
        self.server.client("s3").put_object(Bucket=self.bucket, Key=f"landing/{key}", Body=content)

    def lake(self) -> Lake:
        """The lake, for this process."""
        options = {
            "endpoint_url": self.server.address, "region_name": REGION,
            "aws_access_key_id": "test", "aws_secret_access_key": "test",
        }  # fmt: skip
        return Lake(self.environment["SENTINEL_LAKE_URL"], options)

    def waiting(self, queue_url: str | None = None) -> int:
        """Messages of a queue, visible or not."""
        said = self.server.client("sqs").get_queue_attributes(
            QueueUrl=queue_url or self.queue_url, AttributeNames=["All"]
        )["Attributes"]
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return sum(int(said[name]) for name in names)

    def received(self) -> list[dict[str, Any]]:
        """All messages that are visible, which they no longer are then."""
        client, found = self.server.client("sqs"), []
        while messages := client.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10
        ).get("Messages"):
            found += messages
        return found

    def forget_events(self) -> None:
        """Loses every event."""
        self.server.client("sqs").purge_queue(QueueUrl=self.queue_url)


def firehose_place(server: AwsServer, visible_again_seconds: int = 1) -> FirehosePlace:
    """A new bucket and queues; names differ, as the server is shared."""
    s3, sqs = server.client("s3"), server.client("sqs")
    name = f"firehose-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    dead_url = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    redrive = {"deadLetterTargetArn": _arn(sqs, dead_url), "maxReceiveCount": 3}
    queue_url = sqs.create_queue(
        QueueName=name,
        Attributes={
            "VisibilityTimeout": str(visible_again_seconds), "RedrivePolicy": json.dumps(redrive),
        },
    )["QueueUrl"]  # fmt: skip
    told = [
        {
            "QueueArn": _arn(sqs, queue_url),
            "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": f"landing/{prefix}/"}]}},
        }
        for prefix in ("firehose", "firehose-errors")
    ]
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"QueueConfigurations": told}
    )
    environment = {
        **CREDENTIALS,
        "SENTINEL_ENVIRONMENT": "aws_local",
        "SENTINEL_TOKEN_KEY": TOKEN_KEY,
        "SENTINEL_LAKE_URL": f"s3://{name}/lake",
        "SENTINEL_FIREHOSE_URL": f"s3://{name}/landing",
        "SENTINEL_FIREHOSE_QUEUE_URL": queue_url,
        "SENTINEL_AWS_ENDPOINT_URL": server.address,
    }
    return FirehosePlace(server, name, queue_url, dead_url, environment)


@contextlib.contextmanager
def in_environment(place: FirehosePlace) -> Iterator[None]:
    """This process as one that commits there."""
    before = dict(os.environ)
    os.environ.update(place.environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _arn(sqs: Any, queue_url: str) -> str:
    return sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
