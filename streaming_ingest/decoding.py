"""Bytes of stream records to one table of text.

Belongs here: reading JSON, and naming why a record cannot be read. Does not belong here: the
contract's rules about values; the transform applies those.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from sentinel.contracts import Contract
from sentinel.transform import UnreadableRecord
from sentinel.transform.plain_records import text_table
from streaming_ingest.streams import StreamRecord

LARGEST_RECORD_BYTES = 1_000 * 1024
"""What Firehose accepts of one record, before it is base64-encoded."""

SCHEMA_VERSION = "_schema_version"
_RESERVED = ("_position", "_ingested_at")
_DECODER = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True)
class Decoded:
    """Readable records as columns of text, each with its place among all, and the others."""

    records: pa.Table
    unreadable: tuple[UnreadableRecord, ...]


class UnreadableError(ValueError):
    """Why a record cannot be read: one of quarantine's reasons, and the field it is about."""

    def __init__(
        self, reason: str, field: str | None = None, record: dict[str, Any] | None = None
    ) -> None:
        super().__init__(reason)
        self.reason, self.field, self.record = reason, field, record


def decode(contract: Contract, arriving: Sequence[StreamRecord]) -> Decoded:
    """Reads records one by one: what one of them is cannot change what becomes of another.

    A record that names the contract's version, or an older one, is read; a newer version is not
    known here and waits in quarantine until it is.
    """
    readable: list[dict[str, Any]] = []
    positions: list[int] = []
    arrivals: list[datetime] = []
    unreadable: list[UnreadableRecord] = []
    for position, one in enumerate(arriving):
        try:
            readable.append(_read(contract, one.data))
        except UnreadableError as error:
            text = one.data.decode("utf-8", "backslashreplace")
            unreadable.append(
                UnreadableRecord(
                    position, text, error.reason, error.field, error.record, one.arrived_at
                )
            )
            continue
        positions.append(position)
        arrivals.append(one.arrived_at)
    table = text_table(readable, keep=[*contract.names, *contract.arriving_names])
    table = table.append_column("_position", pa.array(positions, pa.int64()))
    table = table.append_column("_ingested_at", pa.array(arrivals, pa.timestamp("us")))
    return Decoded(table, tuple(unreadable))


def _read(contract: Contract, data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST_RECORD_BYTES:
        raise UnreadableError("record_too_large")
    record = json_object(data)
    # As many keys as `":` stands in the text: none came twice. Otherwise look.
    if data.count(b'":') != len(record):
        _refuse_duplicate_keys(contract, data)
    version = record.pop(SCHEMA_VERSION, None)
    if version is not None and not is_known_version(contract, version):
        record = {**record, SCHEMA_VERSION: version}
        raise UnreadableError("unknown_schema_version", SCHEMA_VERSION, record)
    for name in _RESERVED:
        record.pop(name, None)
    return record


def json_object(data: bytes) -> dict[str, Any]:
    """The JSON object that bytes hold.

    Raises:
        UnreadableError: when they hold none.
    """
    try:
        return _DECODER.decode(data)
    except msgspec.ValidationError:
        raise UnreadableError("not_an_object") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnreadableError(_why_malformed(data)) from None


def _why_malformed(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "invalid_utf8"
    return "malformed_json"


def _refuse_duplicate_keys(contract: Contract, data: bytes) -> None:
    known = {*contract.names, *contract.arriving_names}

    def checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        counts = Counter(key for key, _ in pairs)
        key, count = counts.most_common(1)[0] if counts else ("", 0)
        if count > 1:
            # A key that nobody declared may itself be personal: it is not named.
            raise UnreadableError("duplicate_key", key if key in known else None)
        return dict(pairs)

    json.loads(data, object_pairs_hook=checked)


def is_known_version(contract: Contract, version: Any) -> bool:
    """Whether a record of this version can be read by the contract that is here."""
    is_whole = isinstance(version, int) and not isinstance(version, bool)
    return is_whole and 1 <= version <= contract.version
