"""The Lambda that Firehose calls for each batch of records: the transform on AWS.

Belongs here: Firehose's contract, that is, its event, its answers and the size of a response. Does
not belong here: what a valid record is; `decode` and `sentinel.transform` say that, here as
everywhere.

Answers, see docs/decisions/0010-rejected-records-in-firehose.md:

- `Ok` with a line of JSON by the lake's schema, for records the contract accepts (zone `raw`), and
  with a line by the quarantine's schema for those it rejects (zone `quarantine`);
- `Dropped` for records without any content;
- `ProcessingFailed` for what could not be done: Firehose keeps the original under its error prefix.
"""

import base64
import binascii
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import structlog

from sentinel.contracts import Contract, contract, contracts
from sentinel.errors import SettingsError
from sentinel.lake import QUARANTINE, RAW
from sentinel.settings import Settings
from sentinel.transform import Arriving, Tokeniser, transform
from streaming_ingest.decoding import decode
from streaming_ingest.streams import StreamRecord

DATASET_VARIABLE = "SENTINEL_DATASET"
ENVIRONMENT_VARIABLE = "SENTINEL_ENVIRONMENT"
MOST_RESPONSE_BYTES = 6_000_000
"""Lambda takes 6 MiB of a synchronous response; the rest is left for its own framing."""

# As text: engines read a number through a double, which rounds large amounts.
_ENCODER = msgspec.json.Encoder(decimal_format="string")

Answer = dict[str, Any]
Result = Literal["Ok", "Dropped", "ProcessingFailed"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Incoming:
    """A record of the event, its content decoded, and where it stands in the event."""

    number: int
    record_id: str
    record: StreamRecord


def handler(event: Mapping[str, Any], _context: object = None) -> dict[str, list[Answer]]:
    """What Lambda calls.

    Args:
        event: `invocationId`, `deliveryStreamArn`, perhaps `sourceKinesisStreamArn`, and `records`,
            each with `recordId`, base64 `data` and its time of arrival in milliseconds.

    Returns:
        `records`: one answer for each record of the event, in its order, with its `recordId`.

    Raises:
        SettingsError: when the function is not configured; Firehose then calls it again.
    """
    answers = transformed(event, _contract(event), _tokeniser())
    counts = {result: 0 for result in ("Ok", "Dropped", "ProcessingFailed")}
    for answer in answers:
        counts[answer["result"]] += 1
    log.info("batch transformed", invocation=event.get("invocationId"), **counts)
    return {"records": answers}


def transformed(
    event: Mapping[str, Any],
    dataset: Contract,
    tokeniser: Tokeniser,
    most_bytes: int = MOST_RESPONSE_BYTES,
) -> list[Answer]:
    """The answers to an event's records, in their order, together no larger than so many bytes."""
    answers: list[Answer] = []
    incoming: list[_Incoming] = []
    for number, record in enumerate(event["records"]):
        answers.append(_answer(record["recordId"], "ProcessingFailed"))
        try:
            data = base64.b64decode(record["data"], validate=True)
        except (binascii.Error, ValueError):
            log.error("record is not base64", record_id=record["recordId"])
            continue
        if not data.strip():
            answers[number] = _answer(record["recordId"], "Dropped")
            continue
        arrived = StreamRecord(data, record["recordId"], _arrived_at(record))
        incoming.append(_Incoming(number, record["recordId"], arrived))
    for one, answer in _attempted(dataset, incoming, event, tokeniser):
        answers[one.number] = answer
    return _within(answers, most_bytes)


def _attempted(
    dataset: Contract,
    incoming: Sequence[_Incoming],
    event: Mapping[str, Any],
    tokeniser: Tokeniser,
) -> list[tuple[_Incoming, Answer]]:
    """Answers for a batch; where the whole cannot be done, for as much of it as can."""
    if not incoming:
        return []
    try:
        return _rows(dataset, incoming, event, tokeniser)
    except Exception as error:  # noqa: BLE001 (one record must not fail the others; it is said)
        if len(incoming) == 1:
            # The error's text may quote the record, so only its kind is logged.
            log.error(
                "record not processed", record_id=incoming[0].record_id, error=type(error).__name__
            )
            return []
        middle = len(incoming) // 2
        return [
            *_attempted(dataset, incoming[:middle], event, tokeniser),
            *_attempted(dataset, incoming[middle:], event, tokeniser),
        ]


def _rows(
    dataset: Contract,
    incoming: Sequence[_Incoming],
    event: Mapping[str, Any],
    tokeniser: Tokeniser,
) -> list[tuple[_Incoming, Answer]]:
    decoded = decode(dataset, [one.record for one in incoming])
    arriving = Arriving(
        batch_id=f"firehose-{event['invocationId']}",
        source=f"stream:{event.get('sourceKinesisStreamArn') or event['deliveryStreamArn']}",
        records=decoded.records,
        received_at=max(one.record.arrived_at for one in incoming),
        unreadable=decoded.unreadable,
    )
    done = transform(dataset, arriving, tokeniser)
    found: list[tuple[_Incoming, Answer]] = []
    days = pc.cast(
        pc.floor_temporal(done.delivered.column(dataset.event_time), unit=dataset.partition),
        pa.date32(),
    )
    lines = _plain(done.delivered).to_pylist()
    for row, day in zip(lines, days.to_pylist(), strict=True):
        one = incoming[row["_position"]]
        row["_position"] = one.number
        found.append((one, _placed(one, row, RAW, dataset, day.isoformat())))
    for row in _plain(done.rejected).to_pylist():
        one = incoming[row["_position"]]
        arrived = one.record.arrived_at
        row |= {"_position": one.number, "_ingested_at": f"{arrived:%Y-%m-%d %H:%M:%S.%f}"}
        found.append((one, _placed(one, row, QUARANTINE, dataset, arrived.date().isoformat())))
    return found


def _plain(table: pa.Table) -> pa.Table:
    """Times as text that Firehose's OpenX reader, Hive, Arrow and DuckDB all take."""
    for index, column in enumerate(table.schema):
        if pa.types.is_temporal(column.type):
            text = pc.cast(table.column(index), pa.string())
            table = table.set_column(index, column.name, text)
    return table


def _placed(
    one: _Incoming, row: dict[str, Any], zone: str, dataset: Contract, event_date: str
) -> Answer:
    """An accepted or a quarantined record, and the folder of the lake that it belongs to."""
    line = _ENCODER.encode({name: value for name, value in row.items() if value is not None})
    keys = {"zone": zone, "dataset": dataset.dataset, "event_date": event_date}
    return {
        **_answer(one.record_id, "Ok", line + b"\n"),
        "metadata": {"partitionKeys": keys},
    }


def _answer(record_id: str, result: Result, data: bytes = b"") -> Answer:
    return {"recordId": record_id, "result": result, "data": base64.b64encode(data).decode()}


def _within(answers: list[Answer], most_bytes: int) -> list[Answer]:
    """Answers that fit into one response; what does not is `ProcessingFailed`, so it is kept."""
    failed = [_answer(answer["recordId"], "ProcessingFailed") for answer in answers]
    least = [_size(answer) for answer in failed]
    left = most_bytes - len('{"records": []}') - sum(least)
    for number, answer in enumerate(answers):
        more = _size(answer) - least[number]
        if more <= left:
            left -= more
            failed[number] = answer
        else:
            log.error("response is full", record_id=answer["recordId"], size_bytes=_size(answer))
    return failed


def _size(answer: Answer) -> int:
    return len(json.dumps(answer)) + len(", ")


def _arrived_at(record: Mapping[str, Any]) -> datetime:
    """When the first stream took the record: a repeated call says the same."""
    given = record.get("kinesisRecordMetadata") or record
    milliseconds = int(given["approximateArrivalTimestamp"])
    return datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None)


def _contract(event: Mapping[str, Any]) -> Contract:
    """The dataset of the variable or, without it, the one that the delivery stream is named for."""
    if dataset := os.environ.get(DATASET_VARIABLE):
        return contract(dataset)
    name = str(event["deliveryStreamArn"]).rpartition("/")[2]
    named = [each for each in contracts() if f"-{name}".endswith(f"-{each.replace('_', '-')}")]
    if len(named) != 1:
        raise SettingsError(
            f"delivery stream {name!r} is not named for a dataset: set {DATASET_VARIABLE} on the "
            f"function to one of {', '.join(contracts())}."
        )
    return contract(named[0])


@cache
def _tokeniser() -> Tokeniser:
    if ENVIRONMENT_VARIABLE not in os.environ:
        # Its default would tokenise with the key that everybody knows.
        raise SettingsError(f"set {ENVIRONMENT_VARIABLE} on the function.")
    return Tokeniser(Settings().personal_data_key)
