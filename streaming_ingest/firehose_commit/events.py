"""S3's events as SQS hands them over.

Belongs here: which objects a message is about, and what becomes of a message. Does not belong here:
where messages come from (`function`, `queue`).
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from sentinel.delivery import Delivered
from sentinel.errors import SentinelError
from streaming_ingest.firehose_commit.bucket import FirehoseBucket, FirehoseError
from streaming_ingest.firehose_commit.committer import Committer

_CREATED = "ObjectCreated:"
_TEST = "s3:TestEvent"

log = structlog.get_logger(__name__)


@dataclass
class Totals:
    """What has been done.

    Attributes:
        object_count: objects committed.
        again_count: objects that had been committed before.
        delivered_count: records of the objects committed that are in the raw zone.
        quarantined_count: those of them that are in quarantine.
        failed_count: messages, or in a listing objects, that were left for another time.
    """

    object_count: int = 0
    again_count: int = 0
    delivered_count: int = 0
    quarantined_count: int = 0
    failed_count: int = 0

    def took(self, done: Delivered) -> None:
        """Counts an object."""
        if done.outcome == "already_committed":
            self.again_count += 1
            return
        self.object_count += 1
        self.delivered_count += done.delivered_row_count
        self.quarantined_count += done.quarantined_row_count


def keys_of(body: str, bucket: FirehoseBucket) -> list[str]:
    """Keys of the objects that a message says were created; none for S3's test message.

    Raises:
        FirehoseError: when the message is no event of S3, or is about another place.
    """
    try:
        event = json.loads(body)
        if event.get("Event") == _TEST:
            return []
        return [
            bucket.relative(record["s3"]["bucket"]["name"], key)
            for record in event["Records"]
            if str(record["eventName"]).removeprefix("s3:").startswith(_CREATED)
            # Keys are encoded as in a form. Consoles make objects to show a folder.
            if not (key := unquote_plus(record["s3"]["object"]["key"])).endswith("/")
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FirehoseError(
            "the message is no event of S3: only a bucket's notifications belong into this queue."
        ) from error


def take(committer: Committer, message_id: str, body: str, totals: Totals) -> bool:
    """Commits every object that a message is about.

    Returns:
        Whether the message is done with. Otherwise it has been logged why, and the message must
        come again, or go where its queue sends what has come too often.
    """
    failures: list[Exception] = []
    try:
        keys = keys_of(body, committer.bucket)
    except FirehoseError as error:
        keys, failures = [], [error]
    for key in keys:
        try:
            attempt(committer, key, totals)
        except Exception as error:  # noqa: BLE001 (one object must not hold up others; it is said)
            failures.append(error)
    for failure in failures:
        log.error("message not done", message_id=message_id, **why(failure))
    totals.failed_count += bool(failures)
    return not failures


def attempt(committer: Committer, key: str, totals: Totals) -> None:
    """Commits one object, counts and logs it; raises what `Committer.commit` raises."""
    done = committer.commit(key)
    totals.took(done)
    log.info(
        "object committed" if done.outcome == "committed" else "object was committed before",
        key=key, batch_id=done.batch_id, delivered=done.delivered_row_count,
        quarantined=done.quarantined_row_count,
    )  # fmt: skip


def why(error: Exception) -> dict[str, Any]:
    """An error for the log; its text only where that cannot quote a record."""
    said = {"error": type(error).__name__}
    if isinstance(error, SentinelError | BotoCoreError | ClientError):
        said["text"] = str(error)
    return said
