"""Parity: whether engines hold the same rows.

Belongs here: which tables there are, by which columns a row is known, building them on each engine,
and what differs. Does not belong here: what an engine cannot run; see `portability`.
"""

from sentinel.parity.compare import (
    ABSOLUTE_TOLERANCE,
    RELATIVE_TOLERANCE,
    Comparison,
    Mismatch,
    compare,
)
from sentinel.parity.tables import Table, tables

__all__ = [
    "ABSOLUTE_TOLERANCE",
    "RELATIVE_TOLERANCE",
    "Comparison",
    "Mismatch",
    "Table",
    "compare",
    "tables",
]
