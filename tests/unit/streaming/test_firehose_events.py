"""Messages of S3 about Firehose's objects: which objects, and when a message is done with."""

import json

import pytest
from botocore.exceptions import ClientError
from structlog.testing import capture_logs

from sentinel.lake import LEDGER, Lake
from streaming_ingest.firehose_commit.bucket import FirehoseBucket, FirehoseError
from streaming_ingest.firehose_commit.committer import Committer
from streaming_ingest.firehose_commit.events import Totals, keys_of, take
from streaming_ingest.firehose_commit.queue import commit_queue
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


class Queue:
    """SQS with messages that are handed over once; deleting may be refused."""

    def __init__(self, *bodies: str, refused: bool = False) -> None:
        self.waiting, self.refused, self.deleted = list(enumerate(bodies)), refused, []

    def receive_message(self, MaxNumberOfMessages: int, **_) -> dict:
        taken, self.waiting = self.waiting[:MaxNumberOfMessages], self.waiting[MaxNumberOfMessages:]
        return {
            "Messages": [
                {"MessageId": f"m-{number}", "ReceiptHandle": number, "Body": body}
                for number, body in taken
            ]
        }

    def delete_message(self, ReceiptHandle: int, **_) -> None:
        if self.refused:
            raise ClientError({"Error": {"Code": "InternalError"}}, "DeleteMessage")
        self.deleted.append(ReceiptHandle)


def test_a_message_that_cannot_be_deleted_is_no_failure(bucket, committer):
    bucket.put(RAW_KEY, json.dumps(LINE).encode())
    with capture_logs() as logged:
        totals = commit_queue(committer, Queue(message(RAW_KEY), refused=True), "url", True)
    assert (totals.object_count, totals.failed_count) == (1, 0)
    assert logged[-1]["event"] == "message not deleted"
    assert commit_queue(committer, Queue(message(RAW_KEY)), "url", True).again_count == 1


def test_only_messages_that_are_done_with_are_deleted(bucket, committer):
    bucket.put(RAW_KEY, json.dumps(LINE).encode())
    queue = Queue("poison", message(RAW_KEY), message(QUARANTINE_KEY), '{"Event": "s3:TestEvent"}')
    totals = commit_queue(committer, queue, "url", until_empty=True)
    assert queue.deleted == [1, 3]
    assert totals.failed_count == 2


def test_stopped_it_begins_no_other_message(bucket, committer):
    keys = [RAW_KEY.replace("x.gz", f"{number}.gz") for number in range(12)]
    for key in keys:
        bucket.put(key, json.dumps(LINE).encode())
    queue, done = Queue(*map(message, keys)), []
    commit_queue(
        committer, queue, "url", is_stopped=lambda: len(done) == 3,
        on_progress=lambda totals: done.append(totals.object_count),
    )  # fmt: skip
    assert queue.deleted == [0, 1, 2]


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
