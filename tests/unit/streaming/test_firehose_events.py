"""Messages of S3 about Firehose's objects: which objects, and when a message is done with."""

import json

import pytest
from structlog.testing import capture_logs

from sentinel.lake import LEDGER, Lake
from streaming_ingest.firehose_commit.bucket import FirehoseBucket, FirehoseError
from streaming_ingest.firehose_commit.committer import Committer
from streaming_ingest.firehose_commit.events import Totals, keys_of, take
from tests.support.firehose_event import ARRIVED
from tests.support.firehose_service import TOKENISER, FolderBucket

CARD_NUMBER = "4111111111111111"  # a published test number
RAW_KEY = "firehose/raw/transactions/event_date=2026-05-31/x.gz"
QUARANTINE_KEY = "firehose/quarantine/transactions/event_date=2026-06-01/x.gz"
LINE = {
    "transaction_id": "t-1", "transaction_at": "2026-05-31 10:00:00", "customer_id": "c-1",
    "terminal_id": "m-1", "amount": "12.50", "_batch_id": "firehose-1", "_source": "stream:s",
    "_position": 0, "_schema_version": 1, "_ingested_at": "2026-06-01 12:00:00",
}  # fmt: skip
REJECTED = {"reason": "wrong_type", "field": "amount", "payload": "{}", "_source": "stream:s"}


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


@pytest.fixture
def bucket(tmp_path):
    return FolderBucket(tmp_path / "bucket", ARRIVED)


@pytest.fixture
def committer(lake, bucket):
    return Committer(lake, bucket, TOKENISER)


def message(*keys: str, name: str = "ObjectCreated:Put", bucket: str = "bucket") -> str:
    return json.dumps(
        {
            "Records": [
                {"eventName": name, "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}
                for key in keys
            ]
        }
    )


def test_events_name_objects_by_encoded_keys(bucket):
    encoded = "firehose%2Fraw%2Ftransactions%2Fevent_date%3D2026-05-31%2Fa+b%2Bc"
    assert keys_of(message(encoded), bucket) == [
        "firehose/raw/transactions/event_date=2026-05-31/a b+c"
    ]
    assert keys_of(message(encoded, name="s3:ObjectCreated:CompleteMultipartUpload"), bucket)
    assert keys_of(message(encoded, name="ObjectRemoved:Delete"), bucket) == []
    assert keys_of(message("firehose%2F"), bucket) == []
    assert keys_of('{"Service": "Amazon S3", "Event": "s3:TestEvent"}', bucket) == []


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"Records": [{}]}', '{"Records": 1}', "null", message("k", bucket="")]
)
def test_messages_that_are_no_events_fail(bucket, body):
    with pytest.raises(FirehoseError):
        keys_of(body, bucket)


def test_a_message_is_done_with_when_all_of_its_objects_are_committed(lake, bucket, committer):
    bucket.put(RAW_KEY, json.dumps(LINE).encode())
    totals = Totals()
    with capture_logs() as logged:
        assert not take(committer, "m-1", message(QUARANTINE_KEY, RAW_KEY), totals)
    assert (totals.object_count, totals.failed_count) == (1, 1)
    assert "was never committed" in logged[-1]["text"], "and the other object is committed"
    bucket.put(QUARANTINE_KEY, json.dumps(REJECTED).encode())
    assert take(committer, "m-1", message(QUARANTINE_KEY, RAW_KEY), totals)
    assert (totals.object_count, totals.again_count) == (2, 1)
    assert (totals.delivered_count, totals.quarantined_count) == (1, 1)
    assert len(lake.list(LEDGER)) == 2


def test_an_error_that_may_quote_a_record_is_named_only(committer, monkeypatch):
    def fail(_):
        raise ValueError(f"cannot digest {CARD_NUMBER}")

    monkeypatch.setattr(committer, "commit", fail)
    with capture_logs() as logged:
        assert not take(committer, "m-1", message("k"), Totals())
    assert logged[-1]["error"] == "ValueError"
    assert CARD_NUMBER not in json.dumps(logged)


def test_objects_elsewhere_are_refused(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    here = FirehoseBucket("s3://a-bucket/some/place/")
    assert here.relative("a-bucket", "some/place/firehose/x") == "firehose/x"
    for bucket, key in (("a-bucket", "firehose/x"), ("another", "some/place/firehose/x")):
        with pytest.raises(FirehoseError, match="is not below s3://a-bucket/some/place"):
            here.relative(bucket, key)
