"""The Lambda that SQS calls with S3's events about Firehose's objects.

Belongs here: Lambda's contract. Does not belong here: what is done with a message; see `events`.

The event source mapping needs `ReportBatchItemFailures`: without it one message that fails brings
back all that came with it, which costs time and does no harm.
"""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import structlog

from sentinel.errors import SettingsError
from sentinel.settings import Settings
from streaming_ingest.firehose_commit.committer import Committer
from streaming_ingest.firehose_commit.events import Totals, take

ENVIRONMENT_VARIABLE = "SENTINEL_ENVIRONMENT"

log = structlog.get_logger(__name__)


def handler(event: Mapping[str, Any], _context: object = None) -> dict[str, list[dict[str, str]]]:
    """What Lambda calls.

    Args:
        event: `Records`, each a message of the queue with `messageId` and `body`.

    Returns:
        `batchItemFailures`: the messages that are not done with; the others are deleted.

    Raises:
        SettingsError: when the function is not configured; every message comes again then.
    """
    committer, totals = _committer(), Totals()
    failed = [
        {"itemIdentifier": str(message["messageId"])}
        for message in event["Records"]
        if not take(committer, str(message["messageId"]), str(message["body"]), totals)
    ]
    log.info(
        "messages handled", objects=totals.object_count, again=totals.again_count,
        delivered=totals.delivered_count, quarantined=totals.quarantined_count, failed=len(failed),
    )  # fmt: skip
    return {"batchItemFailures": failed}


@cache
def _committer() -> Committer:
    if ENVIRONMENT_VARIABLE not in os.environ:
        # Its default would tokenise with the key that everybody knows.
        raise SettingsError(f"set {ENVIRONMENT_VARIABLE} on the function.")
    return Committer.of(Settings.load())
