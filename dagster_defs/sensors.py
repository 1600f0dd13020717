"""Sensors: what reacts to events.

Belongs here: watching runs and the lake. Does not belong here: how a message is sent.
"""

import dagster as dg

from dagster_defs.resources.notifier import Alert, notifier
from sentinel.settings import Settings


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
