"""Comparing the rows of one table on two engines.

Belongs here: when two values are the same, and what is said when they are not. Counts, keys,
texts, dates and decimals have to be the same; of floats nine digits do, since engines add in
another order. DuckDB does the comparing, so that millions of rows are no different from a few.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.types as kinds

RELATIVE_TOLERANCE = 1e-9
# What is nought by one engine is a rounding error by another.
ABSOLUTE_TOLERANCE = 1e-12
_KEPT_MISMATCHES = 20
_NUMBER = "number of the row among equal ones"
_DIGITS = 38

_NO_ROWS = pa.table({"": pa.array([], pa.null())})

Row = Mapping[str, Any]
Key = tuple[Hashable, ...]


@dataclass(frozen=True)
class Mismatch:
    """One value that differs."""

    key: Key
    column: str
    left: Any
    right: Any

    def __str__(self) -> str:
        return f"{self.key} {self.column}: {self.left!r} and {self.right!r}"


@dataclass
class Comparison:
    """What two engines hold of one table.

    Attributes:
        missing: keys that only the left engine has, the first of them.
        unexpected: keys that only the right engine has, the first of them.
        mismatch_count: rows that only one engine has, and values that differ of rows that both do.
        mismatches: the first values that differ.
        column_differences: columns that only one side has, or that are of another kind.
        worst_relative_difference: the greatest of two floats that count as the same.
    """

    table: str
    left_row_count: int
    right_row_count: int
    missing: list[Key] = field(default_factory=list)
    unexpected: list[Key] = field(default_factory=list)
    mismatch_count: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)
    column_differences: list[str] = field(default_factory=list)
    worst_relative_difference: float = 0.0

    @property
    def is_equal(self) -> bool:
        """Whether both hold the same rows."""
        return not self.mismatch_count and not self.column_differences

    def __str__(self) -> str:
        if self.is_equal:
            return f"{self.table}: {self.left_row_count} rows, the same"
        parts = [f"{self.left_row_count} and {self.right_row_count} rows"]
        parts += [f"only one side has column {name}" for name in self.column_differences]
        parts += [f"only left: {key}" for key in self.missing[:3]]
        parts += [f"only right: {key}" for key in self.unexpected[:3]]
        parts += [str(each) for each in self.mismatches[:3]]
        return f"{self.table}: {'; '.join(parts)}"


def compare(
    table: str,
    key: Sequence[str],
    left: pa.Table | Iterable[Row],
    right: pa.Table | Iterable[Row],
    ignored: Iterable[str] = (),
) -> Comparison:
    """Holds the rows of two engines against each other.

    Args:
        table: for the answer.
        key: columns that identify a row; none: all but floats do, and rows are counted.
        left: rows of one engine; column names are compared without regard to case.
        right: rows of the other.
        ignored: columns that are left out.

    Raises:
        ValueError: when rows of one side have a key in common.
    """
    left_out = {name.lower() for name in ignored}
    one, other = _lowered(left, left_out), _lowered(right, left_out)
    found = Comparison(table, one.num_rows, other.num_rows)
    columns = _columns(one.schema, other.schema, found)
    if not columns:
        return found
    with duckdb.connect(config={"preserve_insertion_order": "false"}) as connection:
        connection.execute("set timezone = 'UTC'")
        for name, side in (("l", one), ("r", other)):
            # Rows that are none may come without columns, which DuckDB does not take.
            connection.register(f"given_{name}", side if side.num_columns else _NO_ROWS)
        keys = _prepare(connection, columns, [name.lower() for name in key])
        if key:
            _check_unique(connection, found, keys)
        _compare_keys(connection, found, keys)
        _compare_values(connection, found, keys, columns)
    return found


@dataclass(frozen=True)
class _Column:
    """How both sides' values of a column are brought to one type."""

    name: str
    is_float: bool
    type: str

    @property
    def quoted(self) -> str:
        return _quoted(self.name)

    @property
    def is_same(self) -> str:
        """A condition on a row `l` and a row `r`."""
        left, right = f"l.{self.quoted}", f"r.{self.quoted}"
        same = f"{left} is not distinct from {right}"
        if not self.is_float:
            return same
        return (
            f"({same} or coalesce(abs({left} - {right}) <= greatest({RELATIVE_TOLERANCE} * "
            f"greatest(abs({left}), abs({right})), {ABSOLUTE_TOLERANCE}), false))"
        )


def _lowered(rows: pa.Table | Iterable[Row], ignored: set[str]) -> pa.Table:
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows))
    table = table.rename_columns([name.lower() for name in table.column_names])
    return table.select([name for name in table.column_names if name not in ignored])


def _columns(left: pa.Schema, right: pa.Schema, found: Comparison) -> list[_Column]:
    """Columns that both have; a side without rows may not know its columns."""
    if not found.left_row_count or not found.right_row_count:
        known = left if len(left) >= len(right) else right
        return [_column(name, known.field(name).type, pa.null()) for name in known.names]
    found.column_differences = sorted(set(left.names) ^ set(right.names))
    columns = []
    for name in left.names:
        if name in right.names:
            one, other = left.field(name).type, right.field(name).type
            if _kind(one) and _kind(other) and _kind(one) != _kind(other):
                found.column_differences.append(f"{name} as {_kind(one)} and {_kind(other)}")
            columns.append(_column(name, one, other))
    return columns


def _column(name: str, one: pa.DataType, other: pa.DataType) -> _Column:
    types = (one, other)
    if any(map(kinds.is_floating, types)):
        return _Column(name, True, "double")
    found = {_kind(each) for each in types} - {""}
    if found == {"number"}:
        scale = max(each.scale if kinds.is_decimal(each) else 0 for each in types)
        return _Column(name, False, f"decimal({_DIGITS}, {scale})" if scale else "hugeint")
    if found <= {"time", "date"}:
        return _Column(name, False, "timestamp")
    return _Column(name, False, "boolean" if found == {"truth"} else "varchar")


def _kind(type_: pa.DataType) -> str:
    """What a type is of; nothing for a column that is null throughout."""
    if kinds.is_null(type_):
        return ""
    if kinds.is_integer(type_) or kinds.is_decimal(type_) or kinds.is_floating(type_):
        return "number"
    for kind, is_it in (
        ("truth", kinds.is_boolean), ("time", kinds.is_timestamp), ("date", kinds.is_date),
    ):  # fmt: skip
        if is_it(type_):
            return kind
    return "text"


def _prepare(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[_Column], key: Sequence[str]
) -> list[str]:
    """Makes tables `l` and `r` of one type a column; returns the key's columns, quoted."""
    known = {side: set(connection.table(f"given_{side}").columns) for side in ("l", "r")}
    keys = [_quoted(name) for name in key]
    numbered = ""
    if not key:
        keys = [each.quoted for each in columns if not each.is_float]
        floats = [each.quoted for each in columns if each.is_float]
        order = f" order by {', '.join(floats)}" if floats else ""
        numbered = (
            f", row_number() over (partition by {', '.join(keys)}{order}) as {_quoted(_NUMBER)}"
        )
        keys.append(_quoted(_NUMBER))
    for side, names in known.items():
        chosen = ", ".join(
            f"cast({each.quoted if each.name in names else 'null'} as {each.type}) as {each.quoted}"
            for each in columns
        )
        connection.execute(
            f"create temp table {side} as select *{numbered} "
            f"from (select {chosen} from given_{side})"
        )
    return keys


def _check_unique(
    connection: duckdb.DuckDBPyConnection, found: Comparison, keys: Sequence[str]
) -> None:
    for side, count in (("l", found.left_row_count), ("r", found.right_row_count)):
        ((key_count,),) = connection.execute(
            f"select count(*) from (select distinct {', '.join(keys)} from {side})"
        ).fetchall()
        if key_count != count:
            names = ", ".join(each.strip('"') for each in keys)
            raise ValueError(f"{found.table}: {count} rows, {key_count} keys of {names}")


def _compare_keys(
    connection: duckdb.DuckDBPyConnection, found: Comparison, keys: Sequence[str]
) -> None:
    for side, other, kept in (("l", "r", found.missing), ("r", "l", found.unexpected)):
        alone = connection.execute(
            f"select {', '.join(f'{side}.{each}' for each in keys)} from {side} "
            f"anti join {other} on {_joined(keys)}"
        ).fetchall()
        found.mismatch_count += len(alone)
        kept.extend(sorted(alone, key=repr)[:_KEPT_MISMATCHES])


def _compare_values(
    connection: duckdb.DuckDBPyConnection,
    found: Comparison,
    keys: Sequence[str],
    columns: Sequence[_Column],
) -> None:
    values = [each for each in columns if each.quoted not in keys]
    if not values:
        return
    joined = f"from l inner join r on {_joined(keys)}"
    counted = ", ".join(f"count(*) filter (not {each.is_same})" for each in values)
    (counts,) = connection.execute(f"select {counted} {joined}").fetchall()
    differing = {each: count for each, count in zip(values, counts, strict=True) if count}
    found.mismatch_count += sum(differing.values())
    chosen = ", ".join(f"l.{each}" for each in keys)
    for each in differing:
        rows = connection.execute(
            f"select {chosen}, l.{each.quoted}, r.{each.quoted} {joined} where not {each.is_same} "
            f"order by {chosen} limit {_KEPT_MISMATCHES - len(found.mismatches)}"
        ).fetchall()
        found.mismatches += [Mismatch(row[:-2], each.name, *row[-2:]) for row in rows]
    if floats := [each for each in values if each.is_float]:
        apart = ", ".join(
            f"max(case when {each.is_same} and l.{each.quoted} <> r.{each.quoted} then "
            f"abs(l.{each.quoted} - r.{each.quoted}) "
            f"/ greatest(abs(l.{each.quoted}), abs(r.{each.quoted})) end)"
            for each in floats
        )
        (worst,) = connection.execute(f"select {apart} {joined}").fetchall()
        found.worst_relative_difference = max((each for each in worst if each), default=0.0)


def _joined(keys: Sequence[str]) -> str:
    return " and ".join(f"l.{each} is not distinct from r.{each}" for each in keys)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
