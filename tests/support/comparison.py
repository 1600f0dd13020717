"""Comparing rows: exactly, and floats to nine digits.

Belongs here: saying in which rows and columns two tables differ. Does not belong here: reading
them.
"""

import math
from collections.abc import Sequence
from typing import Any

from sentinel.parity import RELATIVE_TOLERANCE

Row = dict[str, Any]

# Distances that are nought by one formula are a fraction of a millimetre by another.
ABSOLUTE_TOLERANCE = 1e-9
_SHOWN = 5


def differences(
    expected: Sequence[Row], actual: Sequence[Row], key: Sequence[str], exact: bool = False
) -> list[str]:
    """What differs, a line each, the first few; columns that only `actual` has are left out."""
    wanted, found = _by_key(expected, key), _by_key(actual, key)
    lines = [f"missing {name}" for name in wanted if name not in found]
    lines += [f"unexpected {name}" for name in found if name not in wanted]
    if len(wanted) != len(expected) or len(found) != len(actual):
        lines.append(f"keys {key} are not unique: {len(expected)} and {len(actual)} rows")
    for name in wanted.keys() & found.keys():
        lines += [
            f"{name} {column}: expected {value!r}, found {found[name][column]!r}"
            for column, value in wanted[name].items()
            if not _is_same(value, found[name][column], exact)
        ]
    return sorted(lines)[:_SHOWN] + ([f"… of {len(lines)}"] if len(lines) > _SHOWN else [])


def _by_key(rows: Sequence[Row], key: Sequence[str]) -> dict[tuple[Any, ...], Row]:
    return {tuple(row[column] for column in key): row for row in rows}


def _is_same(expected: Any, actual: Any, exact: bool) -> bool:
    if expected is None or actual is None or exact:
        return bool(expected is actual or expected == actual)
    if isinstance(actual, float):
        return math.isclose(
            float(expected), actual, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE
        )
    return bool(expected == actual)
