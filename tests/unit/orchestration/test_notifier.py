"""Alerts by each channel, the webhook against a real server."""

import json
import threading
import urllib.error
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import boto3
import pytest
from moto import mock_aws
from pydantic import SecretStr

from dagster_defs.resources.notifier import (
    Alert,
    LogNotifier,
    TopicNotifier,
    WebhookNotifier,
    notifier,
)
from sentinel.errors import SettingsError
from sentinel.settings import Settings

ALERT = Alert("Run of publish failed", "disk is full", "run-1")


class _Receiver(BaseHTTPRequestHandler):
    received: ClassVar[list[dict[str, str]]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append(json.loads(body))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Keeps the test's output quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    _Receiver.received.clear()
    _Receiver.status = 200
    with HTTPServer(("127.0.0.1", 0), _Receiver) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}/alerts"
        listening.shutdown()


def test_a_webhook_receives_the_alert_as_json(server: str) -> None:
    WebhookNotifier(server).notify(ALERT)
    assert _Receiver.received == [{"title": ALERT.title, "text": "disk is full", "run_id": "run-1"}]


def test_a_webhook_that_refuses_is_an_error(server: str) -> None:
    _Receiver.status = 500
    with pytest.raises(urllib.error.HTTPError):
        WebhookNotifier(server).notify(ALERT)


def test_a_webhook_must_be_an_http_address() -> None:
    with pytest.raises(SettingsError, match="HTTP address"):
        WebhookNotifier("file:///etc/passwd")


@mock_aws
def test_a_topic_receives_the_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    topic = boto3.client("sns").create_topic(Name="alerts")["TopicArn"]
    queue = boto3.client("sqs").create_queue(QueueName="seen")["QueueUrl"]
    arn = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    boto3.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"]
    )
    TopicNotifier(topic, None).notify(ALERT)
    message = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]
    assert json.loads(json.loads(message["Body"])["Message"])["run_id"] == "run-1"


def test_the_channel_is_chosen_by_settings() -> None:
    assert isinstance(notifier(Settings()), LogNotifier)
    settings = Settings(
        alert_channel="webhook", alert_webhook_url="http://127.0.0.1/x", token_key=SecretStr("k")
    )
    assert isinstance(notifier(settings), WebhookNotifier)
