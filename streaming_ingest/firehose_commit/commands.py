"""`sentinel stream commit`: Firehose's objects into the ledger.

Belongs here: options, and what is shown. Does not belong here: the work itself.
"""

from typing import Annotated

import typer
from rich.console import Console

from sentinel.errors import SettingsError
from sentinel.settings import Settings
from streaming_ingest.stopping import until_stopped


def commit(
    until_empty: Annotated[
        bool, typer.Option(help="End when the queue is empty, instead of waiting for more.")
    ] = False,
    sweep: Annotated[
        bool,
        typer.Option(help="List the objects and commit those without a ledger entry; no queue."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option(help="With --sweep: only say which objects those are.")
    ] = False,
) -> None:
    """Commit what Firehose has written to S3; stop with Ctrl+C, start again at will.

    Reads S3's events from the queue of SENTINEL_FIREHOSE_QUEUE_URL. Any number may run at once.
    """
    settings = Settings.load()
    if dry_run and not sweep:
        raise SettingsError("--dry-run lists objects: use it with --sweep.")
    if not sweep and not settings.firehose_queue_url:
        raise SettingsError(
            "set SENTINEL_FIREHOSE_QUEUE_URL to the queue with S3's events about Firehose's "
            "objects, or use --sweep, which lists them."
        )
    # Both import boto3, which only sentinel[aws] has.
    from streaming_ingest.aws import client
    from streaming_ingest.firehose_commit.bucket import FirehoseError
    from streaming_ingest.firehose_commit.committer import Committer
    from streaming_ingest.firehose_commit.queue import commit_listed, commit_queue

    committer, console = Committer.of(settings), Console()
    if dry_run:
        number = 0
        for number, key in enumerate(committer.uncommitted(), start=1):  # noqa: B007
            console.print(key, highlight=False, soft_wrap=True, markup=False)
        console.print(f"{number:,} objects without a ledger entry")
        return
    with until_stopped() as is_stopped:
        if sweep:
            totals = commit_listed(committer, is_stopped)
        else:
            queue_url = str(settings.firehose_queue_url)
            queue = client("sqs", settings)
            totals = commit_queue(committer, queue, queue_url, until_empty, is_stopped)
    console.print(
        f"{totals.object_count:,} objects committed: {totals.delivered_count:,} records delivered, "
        f"{totals.quarantined_count:,} in quarantine; {totals.again_count:,} had been committed "
        "before",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    if totals.failed_count:
        raise FirehoseError(
            f"{totals.failed_count:,} {'objects' if sweep else 'messages'} could not be committed, "
            "the log says why: see docs/runbooks/firehose_backlog.md."
        )
