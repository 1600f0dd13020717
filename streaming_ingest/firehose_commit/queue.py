"""Reading the queue of S3's events, and the listing that finds what no event told of.

Belongs here: SQS's calls and when to end. Does not belong here: what is done with a message; see
`events`.
"""

from collections.abc import Callable
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from streaming_ingest.firehose_commit.bucket import FirehoseError
from streaming_ingest.firehose_commit.committer import Committer
from streaming_ingest.firehose_commit.events import Totals, attempt, take, why

_MOST_MESSAGES = 10
# Long enough for SQS to ask all of its servers, short enough for Ctrl+C to be heard.
_WAIT_SECONDS = 2

log = structlog.get_logger(__name__)


def commit_queue(
    committer: Committer,
    client: Any,
    queue_url: str,
    until_empty: bool = False,
    is_stopped: Callable[[], bool] = lambda: False,
    on_progress: Callable[[Totals], None] = lambda _: None,
) -> Totals:
    """Commits what messages tell of; a message is deleted once all of its objects are committed.

    A message that fails stays in the queue, hidden for the queue's visibility timeout, until SQS
    moves it to the dead-letter queue.

    Args:
        client: boto3's `sqs` client.
        until_empty: end when no message is visible, instead of waiting for more.
        is_stopped: asked between two messages.

    Raises:
        FirehoseError: when the queue does not exist or does not answer.
    """
    totals = Totals()
    while not is_stopped():
        messages = _received(client, queue_url)
        if not messages and until_empty:
            break
        for message in messages:
            if is_stopped():
                break  # what was not begun is visible again after the queue's timeout
            if take(committer, message["MessageId"], message["Body"], totals):
                _delete(client, queue_url, message)
            on_progress(totals)
    return totals


def commit_listed(
    committer: Committer,
    is_stopped: Callable[[], bool] = lambda: False,
    on_progress: Callable[[Totals], None] = lambda _: None,
) -> Totals:
    """Commits every object that has no ledger entry; one that cannot be does not hold up others."""
    totals = Totals()
    for key in committer.uncommitted():
        if is_stopped():
            break
        try:
            attempt(committer, key, totals)
        except Exception as error:  # noqa: BLE001 (one object must not hold up others; it is said)
            totals.failed_count += 1
            log.error("object not committed", key=key, **why(error))
        on_progress(totals)
    return totals


def _received(client: Any, queue_url: str) -> list[dict[str, Any]]:
    try:
        said = client.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=_MOST_MESSAGES, WaitTimeSeconds=_WAIT_SECONDS
        )
    except (BotoCoreError, ClientError) as error:
        raise FirehoseError(
            f"the queue {queue_url} does not answer ({error}): check SENTINEL_FIREHOSE_QUEUE_URL, "
            "that the queue exists, and that this process may receive and delete its messages."
        ) from error
    return list(said.get("Messages", ()))


def _delete(client: Any, queue_url: str, message: dict[str, Any]) -> None:
    try:
        client.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    except (BotoCoreError, ClientError) as error:
        # Its objects are committed: when it comes again, they are found in the ledger.
        log.warning("message not deleted", message_id=message["MessageId"], error=str(error))
