"""Parity: whether two engines hold the same rows.

Belongs here: which tables there are, by which columns a row is known, and what differs. Does not
belong here: building the tables and reading them, and what an engine cannot run; see `portability`.
"""

from sentinel.parity.compare import Comparison, Mismatch, compare
from sentinel.parity.tables import Table, tables

__all__ = ["Comparison", "Mismatch", "Table", "compare", "tables"]
