"""Sensors: what reacts to events.

Belongs here: watching runs and the lake. Does not belong here: how a message is sent.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import dagster as dg

from dagster_defs.assets.models import DRIFT, MODEL_LOG
from dagster_defs.automation import NEAR_REAL_TIME, TRAIN
from dagster_defs.resources.notifier import Alert, notifier
from sentinel.lake import LEDGER
from sentinel.lake_access import open_lake
from sentinel.redshift import schema
from sentinel.settings import Settings
from sentinel.warehouse import query

_UNFINISHED = (
    dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
)  # fmt: skip


def sensors(settings: Settings) -> Sequence[dg.SensorDefinition]:
    """Everything that watches."""
    return [run_failure_alert(settings), new_batches(settings), drift_retrains(settings)]


def new_batches(settings: Settings) -> dg.SensorDefinition:
    """Asks for a micro-batch when the ledger has grown.

    With SENTINEL_LEDGER_QUEUE_URL it reads the queue of S3's events about new ledger objects;
    without it, it lists the ledger. One run at a time: what arrives meanwhile is taken by the next.
    """
    status = (
        dg.DefaultSensorStatus.RUNNING
        if settings.may_run_unattended
        else dg.DefaultSensorStatus.STOPPED
    )

    @dg.sensor(
        name="new_batches", job_name=NEAR_REAL_TIME, minimum_interval_seconds=10,
        default_status=status, description="Runs the near-real-time models when a batch has come.",
    )  # fmt: skip
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        unfinished = context.instance.get_runs_count(
            dg.RunsFilter(job_name=NEAR_REAL_TIME, statuses=list(_UNFINISHED))
        )
        if unfinished:
            return dg.SkipReason("a micro-batch is running")
        if settings.ledger_queue_url:
            return _from_queue(settings, settings.ledger_queue_url, context.cursor)
        return _from_listing(settings, context.cursor)

    return sensor


def drift_retrains(settings: Settings) -> dg.SensorDefinition:
    """Asks for training when the latest comparison found drift, or a version that does worse."""
    status = (
        dg.DefaultSensorStatus.RUNNING
        if settings.may_run_unattended
        else dg.DefaultSensorStatus.STOPPED
    )

    @dg.asset_sensor(
        asset_key=DRIFT, name="drift_retrains", job_name=TRAIN, minimum_interval_seconds=60,
        default_status=status, description="Trains a challenger when days are not as usual.",
    )  # fmt: skip
    def sensor(
        context: dg.SensorEvaluationContext, asset_event: dg.EventLogEntry
    ) -> dg.RunRequest | dg.SkipReason:
        return training_request(settings)

    return sensor


def training_request(settings: Settings) -> dg.RunRequest | dg.SkipReason:
    """Asks for training, and tells somebody, if the latest comparison found anything unusual."""
    version, day, names = query(settings, _LATEST.format(log=schema(settings, MODEL_LOG)))[0]
    if day is None:
        return dg.SkipReason("nothing has drifted")
    notifier(settings).notify(
        Alert(
            title=f"Days are not as version {version} learnt them: training a challenger",
            text=f"{names} inputs or metrics are not as usual, the latest on {day}",
            run_id="",
        )
    )
    return dg.RunRequest(run_key=f"{version} {day}")


_LATEST = """
    select max(model_version), max(monitored_date), count(distinct name)
    from (
        select model_version, monitored_date, input_name as name
        from {log}.drift
        where is_drifted
            and monitored_at = (select max(monitored_at) from {log}.drift)
        union all
        select model_version, monitored_date, metric_name as name
        from {log}.health
        where is_out_of_limits
            and monitored_at = (select max(monitored_at) from {log}.health)
    ) as unusual
"""


def _from_listing(settings: Settings, cursor: str | None) -> dg.SensorResult | dg.SkipReason:
    """Compares the ledger's names with those of the last time."""
    names = open_lake(settings).list(LEDGER, ".json")
    seen = hashlib.sha256("\n".join(names).encode()).hexdigest()
    if not names or seen == cursor:
        return dg.SkipReason("no batch since the last micro-batch")
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=seen)], cursor=seen)


def _from_queue(
    settings: Settings, queue_url: str, cursor: str | None
) -> dg.SensorResult | dg.SkipReason:
    """Takes what the queue has; deletes it the next time, when the run it led to is on record.

    A message that comes again after a crash in between leads to a run that finds nothing to do.
    """
    import boto3

    queue = boto3.client("sqs", endpoint_url=settings.aws_endpoint_url)
    for handle in json.loads(cursor or "[]"):
        queue.delete_message(QueueUrl=queue_url, ReceiptHandle=handle)
    taken: list[dict[str, Any]] = []
    while received := queue.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        taken += received
    if not taken:
        return dg.SensorResult(skip_reason="no message in the queue", cursor="[]")
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=taken[0]["MessageId"])],
        cursor=json.dumps([each["ReceiptHandle"] for each in taken]),
    )


def run_failure_alert(settings: Settings) -> dg.RunStatusSensorDefinition | dg.SensorDefinition:
    """Tells the configured channel about every failed run."""

    @dg.run_failure_sensor(
        name="run_failure_alert",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Sends each failed run to the alert channel ({settings.alert_channel}).",
    )
    def alert(context: dg.RunFailureSensorContext) -> None:
        notifier(settings).notify(
            Alert(
                title=f"Run of {context.dagster_run.job_name} failed",
                text=context.failure_event.message or "",
                run_id=context.dagster_run.run_id,
            )
        )

    return alert
