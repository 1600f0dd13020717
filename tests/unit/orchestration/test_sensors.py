"""The micro-batch sensor asks once for what is new, and not while one is running."""

from pathlib import Path

import boto3
import dagster as dg
import pytest
from moto import mock_aws

from dagster_defs.automation import NEAR_REAL_TIME
from dagster_defs.sensors import new_batches
from sentinel.lake import Lake, ledger_path
from sentinel.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path))
    return Settings.load()


def evaluated(settings: Settings, cursor: str | None, instance: dg.DagsterInstance):
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    return new_batches(settings)(context)


def test_a_batch_is_asked_for_once(settings: Settings) -> None:
    lake = Lake(settings.lake_location)
    with dg.DagsterInstance.ephemeral() as instance:
        assert isinstance(evaluated(settings, None, instance), dg.SkipReason)
        lake.put_if_absent(ledger_path("transactions", "b1"), b"{}")
        first = evaluated(settings, None, instance)
        assert len(first.run_requests) == 1
        assert isinstance(evaluated(settings, first.cursor, instance), dg.SkipReason)
        # A name that sorts before is new all the same.
        lake.put_if_absent(ledger_path("transactions", "a0"), b"{}")
        second = evaluated(settings, first.cursor, instance)
        assert second.run_requests[0].run_key != first.run_requests[0].run_key


def test_one_micro_batch_at_a_time(settings: Settings) -> None:
    Lake(settings.lake_location).put_if_absent(ledger_path("transactions", "b1"), b"{}")
    with dg.DagsterInstance.ephemeral() as instance:

        @dg.job(name=NEAR_REAL_TIME)
        def running() -> None: ...

        instance.create_run_for_job(running, status=dg.DagsterRunStatus.STARTED)
        skipped = evaluated(settings, None, instance)
        assert skipped.skip_message == "a micro-batch is running"


def test_messages_are_deleted_when_the_run_they_led_to_is_on_record(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path))
    with mock_aws(), dg.DagsterInstance.ephemeral() as instance:
        queue = boto3.client("sqs")
        url = queue.create_queue(QueueName="ledger")["QueueUrl"]
        monkeypatch.setenv("SENTINEL_LEDGER_QUEUE_URL", url)
        settings = Settings.load()
        assert evaluated(settings, None, instance).skip_reason
        for number in range(12):
            queue.send_message(QueueUrl=url, MessageBody=str(number))
        first = evaluated(settings, "[]", instance)
        assert len(first.run_requests) == 1

        def left() -> int:
            names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            found = queue.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
            return sum(map(int, found.values()))

        assert left() == 12  # a crash now would show them again
        second = evaluated(settings, first.cursor, instance)
        assert second.skip_reason
        assert left() == 0


def test_sensors_run_by_themselves_only_where_that_is_allowed(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    assert new_batches(settings).default_status == dg.DefaultSensorStatus.STOPPED
    monkeypatch.setenv("SENTINEL_AUTOMATION", "true")
    assert new_batches(Settings.load()).default_status == dg.DefaultSensorStatus.RUNNING
