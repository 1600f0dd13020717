"""What Firehose's objects hold, as transformed records.

Belongs here: lines of the raw zone and of the quarantine. Does not belong here: records of the
error prefix, which have not been transformed; see `error_records`.

A line that cannot be read goes to quarantine and takes no other with it. An object that cannot be
read as a whole, or of which no line can, is an error: how many records it holds is not known then.
"""

import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sentinel.contracts import Contract
from sentinel.contracts.contract import METADATA_COLUMNS
from sentinel.transform import (
    REJECTED_SCHEMA,
    Arriving,
    Tokeniser,
    Transformed,
    UnreadableRecord,
    read_back,
    transform,
)
from sentinel.transform.coercion import coerced
from sentinel.transform.plain_records import as_text, text_table
from streaming_ingest.decoding import (
    SCHEMA_VERSION,
    UnreadableError,
    is_known_version,
    json_object,
)
from streaming_ingest.firehose_commit.bucket import FirehoseError

_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"
_LAKE_ONLY = {column.name for column in METADATA_COLUMNS}


@dataclass(frozen=True)
class Line:
    """One record of an object: the line it is on, from 0, and what the line says."""

    number: int
    record: dict[str, Any]


Found = Line | UnreadableRecord


@dataclass(frozen=True)
class Batch:
    """The batch that an object is: what it is called, and when it was written (UTC)."""

    batch_id: str
    source: str
    written_at: datetime

    def arriving(
        self, records: pa.Table | None = None, unreadable: Sequence[UnreadableRecord] = ()
    ) -> Arriving:
        """Records as arriving with this batch."""
        nothing = pa.table({"_position": pa.array([], pa.int64())})
        return Arriving(
            batch_id=self.batch_id,
            source=self.source,
            records=nothing if records is None else records,
            received_at=self.written_at,
            unreadable=tuple(unreadable),
        )


def lines(content: bytes) -> list[Found]:
    """The records of an object: JSON lines, as they are or by GZIP, or Parquet.

    Raises:
        FirehoseError: when the object is damaged, or in another format.
    """
    try:
        if content.startswith(_GZIP):
            content = gzip.decompress(content)
        if content.startswith(_PARQUET):
            rows = pq.ParquetFile(io.BytesIO(content)).read().to_pylist()
            return [
                Line(number, {name: value for name, value in row.items() if value is not None})
                for number, row in enumerate(rows)
            ]
    except (OSError, EOFError, zlib.error, pa.ArrowException) as error:
        raise FirehoseError(f"the object is damaged ({type(error).__name__}).") from error
    found = [
        _line(number, line) for number, line in enumerate(content.split(b"\n")) if line.strip()
    ]
    if found and not any(isinstance(one, Line) for one in found):
        raise FirehoseError(
            "the object is damaged or in another format: none of its lines is a JSON object. Set "
            "the delivery stream's compression to GZIP or to none."
        )
    return found


def _line(number: int, line: bytes) -> Found:
    try:
        return Line(number, json_object(line))
    except UnreadableError as error:
        return UnreadableRecord(number, line.decode("utf-8", "backslashreplace"), error.reason)


def raw(
    contract: Contract, batch: Batch, found: Sequence[Found], tokeniser: Tokeniser
) -> Transformed:
    """Lines by the lake's schema."""
    known = {*contract.names, *_LAKE_ONLY}
    readable: list[Line] = []
    unreadable: list[UnreadableRecord] = []
    for line in found:
        if isinstance(line, UnreadableRecord):
            unreadable.append(line)
        elif fault := _unknown(contract, line, known):
            unreadable.append(fault)
        else:
            readable.append(line)
    table = text_table([line.record for line in readable])
    positions = pa.array([line.number for line in readable], pa.int64())
    if "_position" in table.column_names:
        table = table.drop_columns("_position")
    table = table.append_column("_position", positions)
    return read_back(contract, batch.arriving(table, unreadable), tokeniser)


def _unknown(contract: Contract, line: Line, known: set[str]) -> UnreadableRecord | None:
    """Why a line says more than the contract here can take, if it does."""
    version = line.record.get(SCHEMA_VERSION)
    if version is not None and not is_known_version(contract, version):
        return unread(line, "unknown_schema_version", SCHEMA_VERSION)
    if not line.record.keys() <= known:
        return unread(line, "unknown_column")  # its name is not given: nobody has declared it
    return None


def quarantine(
    contract: Contract, batch: Batch, found: Sequence[Found], tokeniser: Tokeniser
) -> Transformed:
    """Lines by the quarantine's schema; what one of them does not say is filled in."""
    kept: list[dict[str, Any]] = []
    unreadable: list[UnreadableRecord] = []
    for line in found:
        if isinstance(line, UnreadableRecord):
            unreadable.append(line)
        else:
            kept.append(_quarantined(contract, batch, line))
    given = pa.array([row["_ingested_at"] for row in kept], pa.string())
    times, _ = coerced(given, contract.column("_ingested_at"))
    for row, time in zip(kept, times.to_pylist(), strict=True):
        row["_ingested_at"] = time or batch.written_at
    others = transform(contract, batch.arriving(unreadable=unreadable), tokeniser)
    rejected = pa.concat_tables([pa.Table.from_pylist(kept, REJECTED_SCHEMA), others.rejected])
    return Transformed(others.delivered, rejected)


def _quarantined(contract: Contract, batch: Batch, line: Line) -> dict[str, Any]:
    said = {name: as_text(line.record.get(name)) for name in REJECTED_SCHEMA.names}
    return said | {
        "dataset": contract.dataset,
        "reason": said["reason"] or "malformed_record",
        "_batch_id": batch.batch_id,
        "_source": said["_source"] or batch.source,
        "_position": line.number,
    }


def unread(line: Line, reason: str, field: str | None = None) -> UnreadableRecord:
    """A line that says what cannot be taken; in quarantine it stays an object, and its time."""
    return UnreadableRecord(
        line.number, "", reason, field, record=line.record, ingested_at=entered_at(line.record)
    )


def entered_at(record: dict[str, Any]) -> datetime | None:
    """When a record says that it entered, in UTC; None where it does not say so."""
    try:
        given = datetime.fromisoformat(as_text(record.get("_ingested_at")) or "")
    except ValueError:
        return None
    return given if given.tzinfo is None else None
