"""Comparing the rows of one table on two engines.

Belongs here: when two values are the same, and what is said when they are not. Counts, keys,
texts, dates and decimals have to be the same; of floats nine digits do, since engines add in
another order.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

RELATIVE_TOLERANCE = 1e-9
# What is nought by one engine is a rounding error by another.
ABSOLUTE_TOLERANCE = 1e-12
_KEPT_MISMATCHES = 20

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
        missing: keys that only the left engine has.
        unexpected: keys that only the right engine has.
        mismatch_count: values that differ, of rows that both have.
        mismatches: the first of them.
        column_differences: columns that only one side has.
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
        return self.left_row_count == self.right_row_count and not (
            self.missing or self.unexpected or self.mismatch_count or self.column_differences
        )

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
    left: Iterable[Row],
    right: Iterable[Row],
    ignored: Iterable[str] = (),
) -> Comparison:
    """Holds the rows of two engines against each other.

    Args:
        table: for the answer.
        key: columns that identify a row; none: all but floats do, and rows are counted.
        ignored: columns that are left out.

    Raises:
        ValueError: when rows of one side have a key in common.
    """
    left_rows, right_rows = _plain(left, ignored), _plain(right, ignored)
    found = Comparison(table, len(left_rows), len(right_rows))
    columns = _columns(left_rows, right_rows, found)
    key = [name.lower() for name in key]
    if not key:
        floats = {n for row in (*left_rows, *right_rows) for n, v in row.items() if _is_float(v)}
        key = [name for name in columns if name not in floats]
        left_rows, right_rows = _numbered(left_rows, key), _numbered(right_rows, key)
        key = [*key, _NUMBER]
    by_left, by_right = _by_key(table, left_rows, key), _by_key(table, right_rows, key)
    found.missing = [each for each in by_left if each not in by_right]
    found.unexpected = [each for each in by_right if each not in by_left]
    for each in by_left.keys() & by_right.keys():
        _compare_rows(found, each, by_left[each], by_right[each], columns)
    return found


_NUMBER = "number of the row among equal ones"


def _plain(rows: Iterable[Row], ignored: Iterable[str]) -> list[dict[str, Any]]:
    left_out = {name.lower() for name in ignored}
    return [
        {name.lower(): _value(value) for name, value in row.items() if name.lower() not in left_out}
        for row in rows
    ]


def _value(value: Any) -> Any:
    """A value in the form that all engines' drivers can be brought to."""
    if isinstance(value, Decimal):
        # Not a float: decimals have to be the same.
        return int(value) if value == value.to_integral_value() else value.normalize()
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return value


def _columns(
    left: list[dict[str, Any]], right: list[dict[str, Any]], found: Comparison
) -> list[str]:
    if not left or not right:
        return list((left or right or [{}])[0])
    found.column_differences = sorted(left[0].keys() ^ right[0].keys())
    return [name for name in left[0] if name in right[0]]


def _numbered(rows: list[dict[str, Any]], key: Sequence[str]) -> list[dict[str, Any]]:
    seen: Counter[Key] = Counter()
    numbered = []
    for row in sorted(rows, key=lambda each: tuple(map(str, each.values()))):
        identity = tuple(row[name] for name in key)
        numbered.append({**row, _NUMBER: seen[identity]})
        seen[identity] += 1
    return numbered


def _by_key(
    table: str, rows: list[dict[str, Any]], key: Sequence[str]
) -> dict[Key, dict[str, Any]]:
    found = {tuple(_hashable(row.get(name)) for name in key): row for row in rows}
    if len(found) != len(rows):
        raise ValueError(f"{table}: {len(rows)} rows, {len(found)} keys of {', '.join(key)}")
    return found


def _hashable(value: Any) -> Hashable:
    # A date and the midnight it begins with are the same key.
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return value


def _compare_rows(
    found: Comparison, key: Key, left: Row, right: Row, columns: Sequence[str]
) -> None:
    for column in columns:
        one, other = left[column], right[column]
        if (_is_float(one) or _is_float(other)) and _is_number(one) and _is_number(other):
            is_same, difference = _compare_floats(float(one), float(other))
            if is_same:
                found.worst_relative_difference = max(found.worst_relative_difference, difference)
        else:
            is_same = _is_number(one) == _is_number(other) and one == other
        if not is_same:
            found.mismatch_count += 1
            if len(found.mismatches) < _KEPT_MISMATCHES:
                found.mismatches.append(Mismatch(key, column, one, other))


def _compare_floats(one: float, other: float) -> tuple[bool, float]:
    """Whether two floats count as the same, and their relative difference."""
    if one == other or (math.isnan(one) and math.isnan(other)):
        return True, 0.0
    is_same = math.isclose(one, other, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)
    return is_same, abs(one - other) / max(abs(one), abs(other))


def _is_float(value: Any) -> bool:
    return isinstance(value, float)


def _is_number(value: Any) -> bool:
    """Whether a value is a number; a driver that gives 1 for true is wrong."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
