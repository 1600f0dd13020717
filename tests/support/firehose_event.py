"""Events as Firehose sends them to a Lambda, and what the answers say.

Belongs here: making events and taking answers apart. Does not belong here: what a record holds.
"""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from streaming_ingest.streams import StreamRecord

ARRIVED = datetime(2026, 6, 1, 12, 0, 0, 250_000)
STREAM = "arn:aws:firehose:eu-central-1:123456789012:deliverystream/sentinel-transactions"
SOURCE = "arn:aws:kinesis:eu-central-1:123456789012:stream/sentinel-transactions"


def firehose_event(
    *contents: bytes, arrived: datetime = ARRIVED, kinesis_arrived: datetime | None = None
) -> dict[str, Any]:
    """A call for these records; with a time of arrival in Kinesis it is that stream's."""
    event = {
        "invocationId": "invocation-1",
        "deliveryStreamArn": STREAM,
        "region": "eu-central-1",
        "records": [_record(number, one, arrived) for number, one in enumerate(contents)],
    }
    if kinesis_arrived is not None:
        event["sourceKinesisStreamArn"] = SOURCE
        for number, record in enumerate(event["records"]):
            record["kinesisRecordMetadata"] = {
                "shardId": "shardId-000000000000",
                "partitionKey": "k",
                "approximateArrivalTimestamp": _milliseconds(kinesis_arrived),
                "sequenceNumber": str(number),
                "subsequenceNumber": "",
            }
    return event


def event_of(records: Sequence[StreamRecord], invocation: str = "invocation-1") -> dict[str, Any]:
    """A call for records with times of arrival of their own."""
    return firehose_event() | {
        "invocationId": invocation,
        "records": [_record(n, one.data, one.arrived_at) for n, one in enumerate(records)],
    }


def lines(answers: list[dict[str, Any]], zone: str) -> list[dict[str, Any]]:
    """The objects that the answers put into a zone."""
    return [
        json.loads(base64.b64decode(answer["data"]))
        for answer in answers
        if answer["result"] == "Ok" and answer["metadata"]["partitionKeys"]["zone"] == zone
    ]


def _record(number: int, content: bytes, arrived: datetime) -> dict[str, Any]:
    return {
        "recordId": f"{number:056d}",
        "approximateArrivalTimestamp": _milliseconds(arrived),
        "data": base64.b64encode(content).decode(),
    }


def _milliseconds(at: datetime) -> int:
    return round(at.replace(tzinfo=UTC).timestamp() * 1000)
