"""Kinesis and Firehose through boto3 against an API server, with faults between the two."""

import random
import uuid
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config

from streaming_ingest.firehose import FirehoseWriter
from streaming_ingest.kinesis import KinesisReader, KinesisWriter
from streaming_ingest.producers import CircuitBreaker, CircuitState, Producer, Spool
from streaming_ingest.streams import Outgoing, StreamError
from tests.support.aws_server import THROTTLE, aws_server, refuse_calls, refuse_records
from tests.support.flaky_stream import FakeTime


@pytest.fixture(scope="module")
def aws():
    with aws_server() as server:
        yield server


@pytest.fixture
def kinesis(aws):
    return aws.client("kinesis")


@pytest.fixture
def make_stream(kinesis):
    def make(shards: int = 1) -> str:
        name = f"test-{uuid.uuid4().hex}"
        kinesis.create_stream(StreamName=name, ShardCount=shards)
        return name

    return make


@pytest.fixture
def time():
    return FakeTime()


def producer_for(writer, folder, time) -> Producer:
    return Producer(
        writer,
        Spool(folder),
        linger_seconds=None,
        breaker=CircuitBreaker(clock=time.clock),
        clock=time.clock,
        sleep=time.sleep,
        uniform=random.Random(1).uniform,
    )


def read_all(reader: KinesisReader, after: dict[str, str] | None = None, most: int = 100):
    """Everything there is, as delivery reads: shard by shard, until nothing comes."""
    places = after if after is not None else {}
    found = []
    while True:
        before = len(found)
        for shard in reader.shards():
            while records := reader.read(shard, places.get(shard), most):
                found += records
                places[shard] = records[-1].sequence
        if len(found) == before:
            return found


def test_what_is_put_is_read_with_its_time_of_arrival(kinesis, make_stream, tmp_path, time):
    name = make_stream(shards=2)
    began = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=1)
    with producer_for(KinesisWriter(name, kinesis), tmp_path, time) as producer:
        for number in range(1_200):
            producer.put(f"k{number}", b"%d" % number)
    reader = KinesisReader(name, kinesis)
    assert len(reader.shards()) == 2
    records = read_all(reader)
    assert sorted(int(record.data) for record in records) == list(range(1_200))
    for record in records:
        assert record.arrived_at.tzinfo is None
        assert began <= record.arrived_at <= datetime.now(UTC).replace(tzinfo=None)


def test_reading_goes_on_after_a_sequence_in_another_process(kinesis, make_stream):
    name = make_stream()
    KinesisWriter(name, kinesis).send([Outgoing("k", b"%d" % number) for number in range(7)])
    (shard,) = KinesisReader(name, kinesis).shards()
    first = KinesisReader(name, kinesis).read(shard, None, 3)
    rest = KinesisReader(name, kinesis).read(shard, first[-1].sequence, 100)
    assert [int(record.data) for record in first + rest] == list(range(7))
    again = KinesisReader(name, kinesis)
    assert again.read(shard, None, 3) == first
    assert again.read(shard, None, 3) == first, "what was not committed is read again"


def test_an_iterator_serves_until_somebody_reads_elsewhere(kinesis, make_stream, aws):
    name = make_stream()
    KinesisWriter(name, kinesis).send([Outgoing("k", b"%d" % number) for number in range(9)])
    client = aws.client("kinesis")
    asked = []
    client.meta.events.register("before-call.kinesis.GetShardIterator", lambda **_: asked.append(1))
    reader = KinesisReader(name, client)
    assert len(read_all(reader, most=2)) == 9
    assert len(asked) == 1


def test_records_that_are_throttled_are_sent_again_in_the_order_of_their_key(
    aws, kinesis, make_stream, tmp_path, time
):
    name = make_stream()
    client = aws.client("kinesis")
    refuse_records(
        client, "PutRecords",
        lambda call, record: [THROTTLE, None, "InternalFailure"][(call + record) % 3]
        if call < 40 else None,
    )  # fmt: skip
    with producer_for(KinesisWriter(name, client), tmp_path, time) as producer:
        for number in range(600):
            producer.put(f"k{number % 50}", b"%d" % number)
    records = [int(record.data) for record in read_all(KinesisReader(name, kinesis))]
    assert len(records) == 600
    for key in range(50):
        assert [each for each in records if each % 50 == key] == list(range(key, 600, 50))
    assert producer.counters.throttled > 20
    assert producer.counters.retried > producer.counters.throttled
    assert time.now > 0


def test_a_throttled_call_is_throttled_records(aws, make_stream, tmp_path, time):
    name = make_stream()
    client = aws.client("kinesis")
    refuse_calls(client, "PutRecords", lambda call: "ThrottlingException" if call < 4 else None)
    with producer_for(KinesisWriter(name, client), tmp_path, time) as producer:
        producer.put("a", b"1")
        producer.flush()
        assert producer.state is CircuitState.CLOSED
    assert producer.counters.throttled == 4
    assert producer.counters.spooled == 0


def test_a_stream_that_is_not_there_spools_and_says_why(kinesis, tmp_path, time):
    writer = KinesisWriter("missing", kinesis)
    with pytest.raises(StreamError, match=r"missing does not take records .*ResourceNotFound"):
        writer.send([Outgoing("a", b"1")])
    with producer_for(writer, tmp_path, time) as producer:
        producer.put("a", b"1")
    assert producer.counters.spooled == 1
    with pytest.raises(StreamError, match=r"missing: its shards cannot be listed"):
        KinesisReader("missing", kinesis).shards()


def test_a_server_that_is_down_spools_and_one_that_is_up_again_gets_everything(
    aws, kinesis, make_stream, tmp_path, time
):
    name = make_stream()
    nobody = boto3.client(
        "kinesis", endpoint_url="http://127.0.0.1:9", region_name="eu-central-1",
        aws_access_key_id="test", aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=1),
    )  # fmt: skip
    with producer_for(KinesisWriter(name, nobody), tmp_path, time) as producer:
        for number in range(50):
            producer.put("a", b"%d" % number)
    assert producer.counters.spooled == 50
    with producer_for(KinesisWriter(name, kinesis), tmp_path, time) as producer:
        assert producer.drain()
    found = read_all(KinesisReader(name, kinesis))
    assert [int(record.data) for record in found] == list(range(50))


def test_reading_is_tried_again_when_it_is_throttled(aws, kinesis, make_stream, time):
    name = make_stream()
    KinesisWriter(name, kinesis).send([Outgoing("k", b"1")])
    client = aws.client("kinesis")
    refuse_calls(client, "GetRecords", lambda call: THROTTLE if call < 5 else None)
    refuse_calls(client, "ListShards", lambda call: "LimitExceededException" if call < 2 else None)
    reader = KinesisReader(name, client, sleep=time.sleep)
    assert len(read_all(reader)) == 1
    assert len(time.naps) == 7


def test_reading_gives_up_when_it_is_throttled_for_long(aws, make_stream, time):
    name = make_stream()
    client = aws.client("kinesis")
    refuse_calls(client, "GetRecords", lambda _call: THROTTLE)
    reader = KinesisReader(name, client, sleep=time.sleep)
    (shard,) = reader.shards()
    with pytest.raises(StreamError, match=f"shard {shard} cannot be read .*{THROTTLE}"):
        reader.read(shard, None, 10)


def test_an_expired_iterator_is_renewed_where_it_was(aws, kinesis, make_stream):
    name = make_stream()
    KinesisWriter(name, kinesis).send([Outgoing("k", b"%d" % number) for number in range(6)])
    client = aws.client("kinesis")
    expired = "ExpiredIteratorException"
    refuse_calls(client, "GetRecords", lambda call: expired if call % 2 == 0 else None)
    found = read_all(KinesisReader(name, client), most=2)
    assert [int(record.data) for record in found] == list(range(6))
    always = aws.client("kinesis")
    refuse_calls(always, "GetRecords", lambda _call: expired)
    (shard,) = KinesisReader(name, always).shards()
    with pytest.raises(StreamError, match="expire before they are used"):
        KinesisReader(name, always).read(shard, None, 10)


def test_firehose_takes_batches_and_says_which_records_it_refused(aws, tmp_path, time):
    s3, client = aws.client("s3"), aws.client("firehose")
    bucket = f"bucket-{uuid.uuid4().hex}"
    s3.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    client.create_delivery_stream(
        DeliveryStreamName="to-s3",
        S3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/firehose",
            "BucketARN": f"arn:aws:s3:::{bucket}",
        },
    )
    refuse_records(
        client, "PutRecordBatch",
        lambda call, record: "ServiceUnavailableException" if (call + record) % 4 == 0 else None,
    )  # fmt: skip
    with producer_for(FirehoseWriter("to-s3", client), tmp_path, time) as producer:
        for number in range(700):
            producer.put(f"k{number}", b"<%d>" % number)
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    content = b"".join(s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)
    assert sorted(content.strip(b"<>").split(b"><")) == sorted(b"%d" % n for n in range(700))
    assert producer.counters.throttled > 100
    with pytest.raises(StreamError, match="nowhere does not take records"):
        FirehoseWriter("nowhere", aws.client("firehose")).send([Outgoing("a", b"1")])
