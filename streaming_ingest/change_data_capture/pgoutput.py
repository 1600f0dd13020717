"""The messages of `pgoutput`, PostgreSQL's own output plugin of logical decoding, as envelopes.

Belongs here: protocol version 1, in text format. Does not belong here: fetching the messages.

Source of the format: PostgreSQL's documentation, "Logical Replication Message Formats".
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sentinel.errors import SourceReadError
from streaming_ingest.change_data_capture import envelope
from streaming_ingest.change_data_capture.envelope import UNAVAILABLE

# pgoutput counts microseconds from 2000-01-01.
_EPOCH_MICROSECONDS = 946_684_800_000_000
_BOOLEAN, _INTEGERS, _FLOATS = 16, (20, 21, 23), (700, 701)
_IS_KEY = 1

_Row = dict[str, Any]


@dataclass(frozen=True)
class TableChange:
    """One envelope.

    Attributes:
        table: schema and table, as `public.customers`.
        data: the envelope as JSON.
    """

    table: str
    data: bytes


@dataclass(frozen=True)
class Transaction:
    """One committed transaction.

    Attributes:
        end: log sequence number just after its commit, by which transactions are ordered.
        changes: its changes in order.
        is_truncating: whether it emptied a table, of which the log does not name the rows.
    """

    end: int
    changes: tuple[TableChange, ...]
    is_truncating: bool


@dataclass(frozen=True)
class _Column:
    name: str
    type_id: int
    is_key: bool


@dataclass(frozen=True)
class _Table:
    schema: str
    name: str
    columns: tuple[_Column, ...]


@dataclass
class _Open:
    """The transaction whose messages are being read."""

    committed_at: int
    transaction_id: int
    changes: list[TableChange] = field(default_factory=list)
    is_truncating: bool = False


class _Message:
    """The bytes of one message, read from left to right."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 1
        self.kind = data[:1]

    def number(self, form: str) -> int:
        value: int = struct.unpack_from(f">{form}", self._data, self._at)[0]
        self._at += struct.calcsize(form)
        return value

    def text(self) -> str:
        end = self._data.index(b"\0", self._at)
        text = self._data[self._at : end].decode()
        self._at = end + 1
        return text

    def taken(self, length: int) -> bytes:
        self._at += length
        return self._data[self._at - length : self._at]

    def next_byte(self) -> bytes:
        return self.taken(1)


class Decoder:
    """Turns messages into transactions; one for each database.

    Args:
        name: of the capture, as `source.name`.
        database: name of the database, as `source.db`.
        keys: key columns of each table, as `{"public.customers": ("customer_id",)}`. The log does
            not tell them apart where a table's replica identity is the full row.
    """

    def __init__(self, name: str, database: str, keys: Mapping[str, Sequence[str]]) -> None:
        self._name, self._database, self._keys = name, database, keys
        self._tables: dict[int, _Table] = {}

    def transactions(
        self, messages: Iterable[tuple[int, bytes]], last_commit: int
    ) -> Iterator[Transaction]:
        """Reads messages from the beginning of a transaction to the end of one.

        Args:
            messages: log sequence number and bytes of each.
            last_commit: end of the transaction before the first one.

        Raises:
            SourceReadError: for a message of another protocol.
        """
        open_one: _Open | None = None
        for place, data in messages:
            message = _Message(data)
            if message.kind == b"B":
                message.number("Q")  # beginning of the commit; its end is what orders
                open_one = _Open(message.number("q") + _EPOCH_MICROSECONDS, message.number("I"))
            elif message.kind == b"C":
                message.number("B")
                message.number("Q")
                end = message.number("Q")
                if open_one:
                    yield Transaction(end, tuple(open_one.changes), open_one.is_truncating)
                open_one, last_commit = None, end
            elif message.kind == b"R":
                self._relation(message)
            elif message.kind in (b"I", b"U", b"D") and open_one:
                open_one.changes += self._changes(message, open_one, place, last_commit)
            elif message.kind == b"T" and open_one:
                open_one.is_truncating = True
            elif message.kind not in (b"O", b"Y", b"M"):
                raise SourceReadError(
                    f"capture {self._name!r}: pgoutput sent a message of kind {message.kind!r}, "
                    "which protocol version 1 does not have; check that the slot's plugin is "
                    "pgoutput."
                )

    def _relation(self, message: _Message) -> None:
        identifier = message.number("I")
        schema, name = message.text(), message.text()
        message.next_byte()  # replica identity: the messages of changes say it as well
        columns = []
        for _ in range(message.number("H")):
            flags = message.number("B")
            column, type_id = message.text(), message.number("I")
            message.number("i")
            columns.append(_Column(column, type_id, bool(flags & _IS_KEY)))
        self._tables[identifier] = _Table(schema, name, tuple(columns))

    def _changes(
        self, message: _Message, transaction: _Open, place: int, last_commit: int
    ) -> Iterator[TableChange]:
        table = self._tables[message.number("I")]
        before: dict[str, Any] | None = None
        after: dict[str, Any] | None = None
        marker = message.next_byte()
        if marker in (b"K", b"O"):
            before = _row(message, table, only_key=marker == b"K")
            marker = message.next_byte() if message.kind == b"U" else b""
        if marker == b"N":
            after = _row(message, table)
        source = {
            "name": self._name, "db": self._database, "schema": table.schema,
            "table": table.name, "txId": transaction.transaction_id, "lsn": place,
            "sequence": f'["{last_commit}","{place}"]', "snapshot": "false",
            "ts_us": transaction.committed_at,
        }  # fmt: skip
        name = f"{table.schema}.{table.name}"
        keys = self._keys.get(name, ())
        for operation, old, new in _operations(message.kind, keys, before, after):
            yield TableChange(name, envelope.write(operation, old, new, source))


def _operations(
    kind: bytes, keys: Sequence[str], before: _Row | None, after: _Row | None
) -> Iterator[tuple[envelope.Operation, _Row | None, _Row | None]]:
    """An update that changes the key deletes one row and creates another, as in Debezium."""
    if kind == b"I":
        yield "c", None, after
    elif kind == b"D":
        yield "d", before, None
    elif before and after and any(before.get(key) != after.get(key) for key in keys):
        yield "d", before, None
        yield "c", None, _completed(after, before)
    else:
        yield "u", before, after


def _completed(after: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    return {
        name: before.get(name, value) if value == UNAVAILABLE else value
        for name, value in after.items()
    }


def _row(message: _Message, table: _Table, only_key: bool = False) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column, _ in zip(table.columns, range(message.number("H")), strict=True):
        kind = message.next_byte()
        value: Any = None
        if kind == b"u":
            value = UNAVAILABLE
        elif kind == b"t":
            value = _value(message.taken(message.number("I")).decode(), column.type_id)
        if column.is_key or not only_key:
            row[column.name] = value
    return row


def _value(text: str, type_id: int) -> Any:
    if type_id == _BOOLEAN:
        return text == "t"
    if type_id in _INTEGERS:
        return int(text)
    if type_id in _FLOATS and text not in ("NaN", "Infinity", "-Infinity"):
        return float(text)
    return text
