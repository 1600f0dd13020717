"""Records as Python objects to an Arrow table of text.

Belongs here: rows of JSON lines, REST APIs and databases. Does not belong here: Parquet and CSV,
which Arrow reads itself. Every value becomes text, so that a column's type does not depend on
which records happen to be in a batch; the contract's types are given by the transform.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa

MAX_COLUMNS = 1_000
OVERFLOW_COLUMN = "further_columns"
_TEXT = {str, type(None)}

Record = Mapping[str, Any]


def text_table(records: Sequence[Record], keep: Iterable[str] = ()) -> pa.Table:
    """One row a record, one text column a key; nested values as JSON.

    Where records have more than `MAX_COLUMNS` different keys, those that are not in `keep` go
    into one column as a JSON object: keys that are data would otherwise make a column each.
    """
    names = list(dict.fromkeys(name for shape in {tuple(one) for one in records} for name in shape))
    names.sort()
    if len(names) > MAX_COLUMNS:
        kept = set(keep)
        names = [name for name in names if name in kept]
        records = [_folded(record, kept) for record in records]
        names.append(OVERFLOW_COLUMN)
    columns = {name: _text_column([record.get(name) for record in records]) for name in names}
    if not columns:
        return pa.table({"_": pa.nulls(len(records))}).select([])
    return pa.table(columns)


def _text_column(values: list[Any]) -> pa.Array:
    """Most columns are text already, and are taken whole."""
    if not set(map(type, values)) <= _TEXT:
        values = [as_text(value) for value in values]
    return pa.array(values, pa.string())


def as_text(value: Any) -> str | None:
    """A value as it is written in the lake's text columns; null stays null."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return _written(value)


def _written(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        at = value if value.tzinfo is None else value.astimezone(datetime.UTC)
        return at.isoformat(" ")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "backslashreplace")
    if isinstance(value, dict | list | tuple | set):
        return msgspec.json.encode(value, enc_hook=str).decode()
    return str(value)


def _folded(record: Record, keep: set[str]) -> Record:
    folded = {name: value for name, value in record.items() if name in keep}
    rest = {name: value for name, value in record.items() if name not in keep}
    return {**folded, OVERFLOW_COLUMN: rest} if rest else folded
