"""Debezium's envelope of one changed row: reading it and writing it.

Belongs here: what an envelope says, whoever wrote it. Does not belong here: what becomes of the
change (see `delivery`), or where changes come from (see `postgres`).

Source of the format: Debezium's documentation of the PostgreSQL connector, "Data change events".
Decimals are read where the connector is set to `decimal.handling.mode=string` or `double`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

UNAVAILABLE = "__debezium_unavailable_value"
"""What Debezium writes for a large value that did not change, which PostgreSQL leaves out."""

Operation = Literal["c", "u", "d", "r"]
SourcePosition = tuple[int, int]
"""End of the last transaction before, and place of the change: it grows in the order of commits."""


class UnreadableEnvelopeError(ValueError):
    """Why an envelope cannot be read: one of quarantine's reasons, and the field it is about."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.field = reason, field


@dataclass(frozen=True)
class Change:
    """One change of one row.

    Attributes:
        operation: `c` created, `u` updated, `d` deleted, `r` read by a snapshot.
        row: the row after the change; of a deletion, what is known of it before.
        committed_at: microseconds since 1970 in UTC at which the source committed the change; of a
            snapshot, at which it was taken.
        position: place of the change in the source; None for snapshots that give none.
        is_initial: whether it belongs to a snapshot of everything, with which an order begins.
        table: name of the table.
    """

    operation: Operation
    row: Mapping[str, Any]
    committed_at: int
    position: SourcePosition | None
    is_initial: bool
    table: str


class _Source(msgspec.Struct):
    table: str = ""
    lsn: int | None = None
    ts_ms: int | None = None
    ts_us: int | None = None
    sequence: str | None = None
    snapshot: str | bool | None = None


class _Envelope(msgspec.Struct):
    op: str
    source: _Source
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


_SEQUENCE = msgspec.json.Decoder(list[str | None])
_INITIAL = ("true", "first", "first_in_data_collection", "last_in_data_collection", "last")


def read(data: bytes) -> Change | None:
    """Reads an envelope, with or without the `schema` and `payload` around it.

    Returns:
        The change, or None for a tombstone, which says nothing that the deletion before it does
        not say.

    Raises:
        UnreadableEnvelopeError: with the reason for quarantine.
    """
    content = _content(data)
    if content is None:
        return None
    try:
        envelope = msgspec.convert(content, _Envelope)
    except msgspec.ValidationError:
        raise UnreadableEnvelopeError("not_a_change_envelope") from None
    if envelope.op not in ("c", "u", "d", "r"):
        raise UnreadableEnvelopeError("unknown_operation")
    operation: Operation = envelope.op  # type: ignore[assignment]  # one of those just named
    source = envelope.source
    return Change(
        operation=operation,
        row=_row(envelope),
        committed_at=_committed_at(source),
        position=_position(source, operation),
        is_initial=operation == "r" and str(source.snapshot).lower() in _INITIAL,
        table=source.table,
    )


def write(
    operation: Operation,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    source: Mapping[str, Any],
) -> bytes:
    """An envelope as JSON, without `schema`.

    Args:
        source: Debezium's block of that name; `ts_ms` follows from `ts_us`.
    """
    told = {"connector": "postgresql", **source, "ts_ms": source["ts_us"] // 1000}
    return msgspec.json.encode(
        {"before": before, "after": after, "source": told, "op": operation, "ts_ms": told["ts_ms"]}
    )


def _content(data: bytes) -> dict[str, Any] | None:
    if not data:
        return None
    try:
        content = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnreadableEnvelopeError("malformed_json") from None
    if isinstance(content, dict) and "payload" in content and "op" not in content:
        content = content["payload"]
    if content is not None and not isinstance(content, dict):
        raise UnreadableEnvelopeError("not_an_object")
    return content


def _row(envelope: _Envelope) -> Mapping[str, Any]:
    before = envelope.before or {}
    row = envelope.before if envelope.op == "d" else envelope.after
    if row is None:
        # Without a row there is no key: an update or an insertion whose `after` is missing, or a
        # deletion from a table whose replica identity is nothing.
        raise UnreadableEnvelopeError("row_not_in_envelope")
    known = dict(row)
    for name, value in row.items():
        if value == UNAVAILABLE:
            if before.get(name, UNAVAILABLE) == UNAVAILABLE:
                raise UnreadableEnvelopeError("value_not_in_envelope", name)
            known[name] = before[name]
    return known


def _committed_at(source: _Source) -> int:
    if source.ts_us is not None:
        return source.ts_us
    if source.ts_ms is None:
        raise UnreadableEnvelopeError("commit_time_not_in_envelope")
    return source.ts_ms * 1000


def _position(source: _Source, operation: Operation) -> SourcePosition | None:
    if source.sequence is None:
        if operation == "r":
            return None
        raise UnreadableEnvelopeError("source_position_not_in_envelope")
    try:
        last_commit, place = _SEQUENCE.decode(source.sequence)
        return int(last_commit or 0), int(place if place is not None else source.lsn or 0)
    except ValueError:  # msgspec's errors are among them
        raise UnreadableEnvelopeError("source_position_not_in_envelope") from None
