"""Records that Firehose kept under its error prefix, through the transform after all.

Belongs here: Firehose's form of an error, and what it kept. Does not belong here: what a valid
record is.

Mostly it kept what the producer sent. Where something failed after the transform, it kept what that
had answered, and the type of the error does not tell for certain. An answer is known by its load
metadata, taken apart, and goes through the transform like everything here, which leaves tokens as
they are. Nothing passes because of how it looks.
"""

import base64
import binascii
import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa
import structlog

from sentinel.contracts import Contract
from sentinel.transform import Tokeniser, Transformed, UnreadableRecord, transform
from streaming_ingest.decoding import SCHEMA_VERSION, UnreadableError, decode, json_object
from streaming_ingest.firehose_commit.content import Batch, Found, Line, entered_at, unread
from streaming_ingest.streams import StreamRecord

_REASON = re.compile("[a-z][a-z_]{0,60}")
_LOAD_METADATA = {"_batch_id", "_source", "_position", "_ingested_at"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Kept:
    """A record that Firehose kept, and the line of the object it is on."""

    number: int
    record: StreamRecord


def error_records(
    contract: Contract, batch: Batch, found: Sequence[Found], tokeniser: Tokeniser
) -> Transformed:
    """What an object of the error prefix holds, transformed; none of its lines is lost."""
    kept: list[_Kept] = []
    unreadable: list[UnreadableRecord] = []
    for line in found:
        one = line if isinstance(line, UnreadableRecord) else _kept(contract, batch, line)
        if isinstance(one, UnreadableRecord):
            unreadable.append(one)
        else:
            kept.append(one)
    for one in _failing(contract, batch, kept, tokeniser):
        log.error("record not processed", batch_id=batch.batch_id, line=one.number)
        unreadable.append(_not_processed(one))
        kept.remove(one)
    return _transformed(contract, batch, kept, unreadable, tokeniser)


def _kept(contract: Contract, batch: Batch, line: Line) -> _Kept | UnreadableRecord:
    try:
        data = base64.b64decode(line.record.get("rawData", ()), validate=True)
    except (binascii.Error, TypeError, ValueError):
        # Not what Firehose writes. It may hold anything, so no value of it stays in the clear.
        text = msgspec.json.encode(line.record, enc_hook=str).decode()
        return UnreadableRecord(line.number, text, "no_raw_data", ingested_at=batch.written_at)
    arrived = StreamRecord(data, str(line.number), _arrived_at(line, batch))
    with contextlib.suppress(UnreadableError):
        said = json_object(data)
        if said.keys() >= _LOAD_METADATA:
            return _answered(contract, line.number, arrived, said)
    return _Kept(line.number, arrived)


def _answered(
    contract: Contract, number: int, kept: StreamRecord, said: dict[str, Any]
) -> _Kept | UnreadableRecord:
    """What the transform had answered, as the record it was made from, with its time of entry."""
    # Nothing entered later than it arrived here, whatever it says.
    entered = min(kept.arrived_at, entered_at(said) or kept.arrived_at)
    if "reason" in said:
        payload = str(said.get("payload", ""))
        record = None
        with contextlib.suppress(UnreadableError):
            record = json_object(payload.encode())
        reason, field = str(said["reason"]), str(said.get("field"))
        return UnreadableRecord(
            number,
            payload,
            # Words of ours only: neither is masked.
            reason if _REASON.fullmatch(reason) else "malformed_record",
            field if field in {*contract.names, *_LOAD_METADATA, SCHEMA_VERSION} else None,
            record,
            entered,
        )
    record = {name: v for name, v in said.items() if name[0:1] != "_" or name == SCHEMA_VERSION}
    with contextlib.suppress(UnreadableError, KeyError, AttributeError):
        record = json_object(said["_extras"].encode()) | record
    return _Kept(number, kept._replace(data=msgspec.json.encode(record), arrived_at=entered))


def _arrived_at(line: Line, batch: Batch) -> datetime:
    """Firehose's time of arrival in milliseconds, which it writes as a number or as text."""
    try:
        seconds = int(line.record["arrivalTimestamp"]) / 1000
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return batch.written_at


def _failing(
    contract: Contract, batch: Batch, kept: Sequence[_Kept], tokeniser: Tokeniser
) -> list[_Kept]:
    """Records for which the transform raises an error: by halves, until each stands alone."""
    if not kept:
        return []
    try:
        _transformed(contract, batch, kept, (), tokeniser)
    except Exception as error:  # noqa: BLE001 (one record must not fail the others; it is said)
        # The error's text may quote the record, so only its kind is logged.
        if len(kept) == 1:
            log.error("transform failed", batch_id=batch.batch_id, error=type(error).__name__)
            return list(kept)
        middle = len(kept) // 2
        return [
            *_failing(contract, batch, kept[:middle], tokeniser),
            *_failing(contract, batch, kept[middle:], tokeniser),
        ]
    return []


def _not_processed(one: _Kept) -> UnreadableRecord:
    """In quarantine it is an object where it can be, so that it can be replayed once mended."""
    reason, entered = "processing_failed", one.record.arrived_at
    try:
        return replace(
            unread(Line(one.number, json_object(one.record.data)), reason), ingested_at=entered
        )
    except UnreadableError:
        text = one.record.data.decode("utf-8", "backslashreplace")
        return UnreadableRecord(one.number, text, reason, ingested_at=entered)


def _transformed(
    contract: Contract,
    batch: Batch,
    kept: Sequence[_Kept],
    unreadable: Sequence[UnreadableRecord],
    tokeniser: Tokeniser,
) -> Transformed:
    decoded = decode(contract, [one.record for one in kept])
    numbers = pa.array([one.number for one in kept], pa.int64())
    place = decoded.records.column_names.index("_position")
    on_lines = numbers.take(decoded.records.column("_position").combine_chunks())
    records = decoded.records.set_column(place, "_position", on_lines)
    refused = [replace(one, position=kept[one.position].number) for one in decoded.unreadable]
    return transform(contract, batch.arriving(records, [*refused, *unreadable]), tokeniser)
