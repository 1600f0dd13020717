"""One notifier for every alert: to the log, a webhook, or an SNS topic.

Belongs here: sending a message. Does not belong here: deciding when.
"""

import json
import urllib.request
from dataclasses import asdict, dataclass
from typing import Protocol

import structlog

from sentinel.errors import SettingsError
from sentinel.settings import Settings

log = structlog.get_logger(__name__)
_TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Alert:
    """What happened, in words, and the run it happened in."""

    title: str
    text: str
    run_id: str


class Notifier(Protocol):
    """Sends alerts somewhere."""

    def notify(self, alert: Alert) -> None:
        """Sends one alert, or raises what went wrong."""


class LogNotifier:
    """Writes alerts to the log, as errors."""

    def notify(self, alert: Alert) -> None:
        """Writes one alert."""
        log.error(alert.title, text=alert.text, run_id=alert.run_id)


class WebhookNotifier:
    """Posts alerts as JSON to an address over HTTP."""

    def __init__(self, url: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise SettingsError(f"SENTINEL_ALERT_WEBHOOK_URL must be an HTTP address, not {url!r}.")
        self._url = url

    def notify(self, alert: Alert) -> None:
        """Posts one alert; raises urllib.error.URLError when it is not accepted."""
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            self._url,
            data=json.dumps(asdict(alert)).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310
            pass


class TopicNotifier:
    """Publishes alerts to an SNS topic."""

    def __init__(self, topic_arn: str, endpoint_url: str | None) -> None:
        try:
            import boto3
        except ImportError as error:
            raise SettingsError("SENTINEL_ALERT_CHANNEL=sns needs sentinel[aws].") from error
        self._client = boto3.client("sns", endpoint_url=endpoint_url)
        self._topic_arn = topic_arn

    def notify(self, alert: Alert) -> None:
        """Publishes one alert."""
        self._client.publish(
            TopicArn=self._topic_arn, Subject=alert.title[:100], Message=json.dumps(asdict(alert))
        )


def notifier(settings: Settings) -> Notifier:
    """The notifier of the configured channel."""
    if settings.alert_channel == "webhook" and settings.alert_webhook_url:
        return WebhookNotifier(settings.alert_webhook_url)
    if settings.alert_channel == "sns" and settings.alert_topic_arn:
        return TopicNotifier(settings.alert_topic_arn, settings.aws_endpoint_url)
    return LogNotifier()
