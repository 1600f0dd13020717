"""The functions in their zip, on Firehose, S3, SQS and Lambda as somebody else wrote them."""

import io
import json
import platform
import sys
import time

import pyarrow.parquet as pq
import pytest

from deploy.lambda_zip import FIREHOSE, build
from sentinel.contracts import contract
from sentinel.lake import LEDGER, Lake
from sentinel.ledger import Ledger
from sentinel.transform import REJECTED_SCHEMA
from streaming_ingest.firehose import FirehoseWriter
from streaming_ingest.streams import Outgoing
from tests.support.judge_server import judge_server
from tests.support.lake_rows import delivered_rows, produced_count, quarantined_rows

BUCKET = "lake"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
STREAM = "sentinel-test-transactions"
ROLE = "arn:aws:iam::000000000000:role/firehose"
TRANSACTIONS = contract("transactions")
GLUE_TYPES = {"string": "string", "int64": "bigint", "timestamp[us]": "timestamp"}
PREFIX = (
    "firehose/!{partitionKeyFromLambda:zone}/!{partitionKeyFromLambda:dataset}/"
    "event_date=!{partitionKeyFromLambda:event_date}/"
)
GOOD = {
    "transaction_id": "t-1", "transaction_at": "2026-05-31T10:00:00.123456Z",
    "customer_id": "c-1", "terminal_id": "m-1", "amount": 12.5, "card_number": "4111111111111111",
}  # fmt: skip
RECORDS = [
    GOOD,
    GOOD | {"transaction_id": "t-2", "transaction_at": "2026-05-30T23:59:59Z", "amount": "0.07"},
    GOOD | {"transaction_id": "t-3", "amount": "twelve"},
]


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    with judge_server(tmp_path_factory.mktemp("judge")) as server:
        yield server


@pytest.fixture(scope="module")
def s3(judge):
    client = judge.client("s3")
    client.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    return client


@pytest.fixture(scope="module")
def code(s3, tmp_path_factory) -> dict[str, str]:
    path = tmp_path_factory.mktemp("zip") / "function.zip"
    build(FIREHOSE, path, python=VERSION, architecture=platform.machine())
    s3.put_object(Bucket=BUCKET, Key="code/function.zip", Body=path.read_bytes())
    return {"S3Bucket": BUCKET, "S3Key": "code/function.zip"}


def make_function(judge, code, name: str, handler: str, **variables: str) -> str:
    made = judge.client("lambda").create_function(
        FunctionName=name,
        Runtime=f"python{VERSION}",
        Role=ROLE,
        Handler=handler,
        Code=code,
        Timeout=60,
        MemorySize=1024,
        Environment={
            "Variables": {"SENTINEL_ENVIRONMENT": "prod", "SENTINEL_TOKEN_KEY": "k", **variables}
        },
    )
    return made["FunctionArn"]


@pytest.fixture(scope="module")
def function_arn(judge, code) -> str:
    return make_function(judge, code, "transform", FIREHOSE.handlers[0])


@pytest.fixture(scope="module")
def queue_url(judge, s3, code) -> str:
    """The queue of S3's events about Firehose's objects, read by the function that commits them."""
    sqs = judge.client("sqs")
    url = sqs.create_queue(QueueName="firehose", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    said = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = said["Attributes"]["QueueArn"]
    told = [
        {
            "QueueArn": arn,
            "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": f"{prefix}/"}]}},
        }
        for prefix in ("firehose", "firehose-errors")
    ]
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": told}
    )
    commit_arn = make_function(
        judge, code, "commit", FIREHOSE.handlers[1], SENTINEL_LAKE_URL=f"s3://{BUCKET}/lake",
        SENTINEL_FIREHOSE_URL=f"s3://{BUCKET}", SENTINEL_AWS_ENDPOINT_URL=judge.address,
    )  # fmt: skip
    judge.client("lambda").create_event_source_mapping(
        EventSourceArn=arn, FunctionName=commit_arn, BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )  # fmt: skip
    return url


@pytest.fixture(scope="module")
def objects(judge, s3, function_arn, queue_url) -> dict[str, bytes]:
    """What a delivery stream with the function and Parquet conversion wrote, by key."""
    declare_table(judge)
    judge.client("firehose").create_delivery_stream(
        DeliveryStreamName=STREAM, ExtendedS3DestinationConfiguration=destination(function_arn)
    )
    contents = [json.dumps(one).encode() for one in RECORDS] + [b"{broken", b"\n"]
    sent = FirehoseWriter(STREAM, judge.client("firehose")).send(
        [Outgoing("k", content) for content in contents]
    )
    assert sent.errors == (None,) * 5
    give_up_at = time.monotonic() + 60
    while True:
        listed = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        keys = [one["Key"] for one in listed if one["Key"].startswith("firehose")]
        if len(keys) >= 4 or time.monotonic() > give_up_at:
            return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}
        time.sleep(0.2)


def declare_table(judge) -> None:
    """One schema for a delivery stream: the lake's columns and the quarantine's."""
    fields = {field.name: field.type for field in (*REJECTED_SCHEMA, *TRANSACTIONS.lake_schema)}
    columns = [
        {
            "Name": name,
            "Type": GLUE_TYPES.get(str(kind), str(kind).replace("decimal128", "decimal")),
        }
        for name, kind in fields.items()
    ]
    glue = judge.client("glue")
    glue.create_database(DatabaseInput={"Name": "firehose"})
    glue.create_table(
        DatabaseName="firehose",
        TableInput={"Name": "transactions", "StorageDescriptor": {"Columns": columns}},
    )


def destination(function_arn: str) -> dict:
    processor = {
        "Type": "Lambda",
        "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": function_arn}],
    }
    return {
        "RoleARN": ROLE,
        "BucketARN": f"arn:aws:s3:::{BUCKET}",
        "Prefix": PREFIX,
        "ErrorOutputPrefix": "firehose-errors/transactions/!{firehose:error-output-type}/",
        "DynamicPartitioningConfiguration": {"Enabled": True},
        "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
        "ProcessingConfiguration": {"Enabled": True, "Processors": [processor]},
        "DataFormatConversionConfiguration": {
            "Enabled": True,
            "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
            "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
            "SchemaConfiguration": {
                "DatabaseName": "firehose", "TableName": "transactions", "RoleARN": ROLE,
            },
        },
    }  # fmt: skip


def rows(objects: dict[str, bytes], prefix: str) -> list[dict]:
    return [
        row
        for key, content in sorted(objects.items())
        if key.startswith(prefix)
        for row in pq.read_table(io.BytesIO(content)).to_pylist()
    ]


def test_accepted_records_lie_by_event_date_as_parquet(objects):
    assert not [key for key in objects if key.startswith("firehose-errors/")]
    (first,) = rows(objects, "firehose/raw/transactions/event_date=2026-05-31/")
    (second,) = rows(objects, "firehose/raw/transactions/event_date=2026-05-30/")
    assert (first["transaction_id"], str(first["amount"])) == ("t-1", "12.50")
    assert (second["transaction_id"], str(second["amount"])) == ("t-2", "0.07")
    assert first["transaction_at"].isoformat() == "2026-05-31T10:00:00.123456"
    assert first["card_token"].startswith("tok_")
    assert first["reason"] is None


def test_rejected_records_lie_in_the_quarantine_and_empty_ones_nowhere(objects):
    found = rows(objects, "firehose/quarantine/transactions/event_date=")
    assert {(row["reason"], row["field"]) for row in found} == {
        ("wrong_type", "amount"), ("malformed_json", None),
    }  # fmt: skip
    assert len(objects) == 4


def test_nothing_personal_is_in_any_object(objects):
    everything = rows(objects, "")
    assert len(everything) == 4
    assert "4111111111111111" not in json.dumps(everything, default=str)


def test_the_functions_together_bring_each_record_into_the_ledger_once(judge, objects, queue_url):
    lake = Lake(
        f"s3://{BUCKET}/lake",
        {"endpoint_url": judge.address, "region_name": "eu-central-1",
         "aws_access_key_id": "test", "aws_secret_access_key": "test"},
    )  # fmt: skip
    give_up_at = time.monotonic() + 90
    while len(lake.list(LEDGER)) < len(objects) and time.monotonic() < give_up_at:
        time.sleep(0.5)
    delivered = delivered_rows(lake, "transactions")
    assert sorted((row["transaction_id"], str(row["amount"])) for row in delivered) == [
        ("t-1", "12.50"), ("t-2", "0.07"),
    ]  # fmt: skip
    assert {row["card_token"][:4] for row in delivered} == {"tok_"}
    reasons = sorted(row["reason"] for row in quarantined_rows(lake, "transactions"))
    assert reasons == ["malformed_json", "wrong_type"]
    assert produced_count(lake, "transactions") == len(objects) == 4
    origins = {entry.extract.origin for entry in Ledger(lake).entries()}
    assert origins == set(objects)
