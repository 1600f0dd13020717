"""A chunk: the part of a source that becomes one batch.

Belongs here: the chunk and cutting one. Does not belong here: reading or mapping one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from sentinel.transform import UnreadableRecord

MAX_ROWS = 250_000
"""Records of a chunk at most: bounds the memory of a load, whatever the size of a file."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Chunk:
    """Consecutive records of a source.

    Attributes:
        records: one row a record, columns as the source names them.
        positions: position of each record in the source, from 0.
        unreadable: records that are no row of `records`.
        first_position: position of the first record.
        end_position: position after the last one.
        is_last: whether the source ends here.
        bytes_read: bytes of the source read so far, as stored.
    """

    records: pa.Table
    positions: pa.Array
    unreadable: tuple[UnreadableRecord, ...]
    first_position: int
    end_position: int
    is_last: bool = False
    bytes_read: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the source's columns, sorted."""
        return tuple(sorted(self.records.column_names))

    def starting_at(self, position: int) -> "Chunk":
        """The part of the chunk from a position on."""
        if position <= self.first_position:
            return self
        keep = pc.greater_equal(self.positions, position)
        return replace(
            self,
            records=self.records.filter(keep),
            positions=self.positions.filter(keep),
            unreadable=tuple(each for each in self.unreadable if each.position >= position),
            first_position=position,
        )


def integers(first: int, end: int) -> pa.Array:
    """Positions from `first` to before `end`."""
    return pa.array(range(first, end), pa.int64())


def with_last(items: Iterator[_T]) -> Iterator[tuple[_T, bool]]:
    """Each item, and whether it is the last one."""
    try:
        held = next(items)
    except StopIteration:
        return
    for item in items:
        yield held, False
        held = item
    yield held, True
