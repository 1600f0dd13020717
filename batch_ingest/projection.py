"""Applying a mapping: the source's columns to the contract's.

Belongs here: computing columns for one chunk. Does not belong here: the contract's rules, which
the transform checks afterwards, and reading.
"""

import json
from collections.abc import Container
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from batch_ingest.chunk import Chunk
from batch_ingest.expressions import columns_named, evaluate
from batch_ingest.mapping import INGESTED_AT, ColumnMapping, Feed
from batch_ingest.times import shifted, times
from sentinel.contracts import Column
from sentinel.errors import MappingError
from sentinel.transform import UnreadableRecord
from sentinel.transform.coercion import coerced

_RESERVED = {"_batch_id", "_source", "_position", "_extras", "_schema_version", INGESTED_AT}


@dataclass(frozen=True)
class Projected:
    """A chunk by the contract's names.

    Attributes:
        records: with `_position`, and the columns that nothing maps under their own names.
        unreadable: the chunk's unreadable records, and those a column cannot be computed for.
    """

    records: pa.Table
    unreadable: tuple[UnreadableRecord, ...]


class Projection:
    """One feed's way from source columns to contract columns.

    Args:
        used_elsewhere: source columns that other feeds of the same files map.
    """

    def __init__(self, name: str, feed: Feed, used_elsewhere: frozenset[str] = frozenset()) -> None:
        self.name = name
        self.feed = feed
        self._used = columns_used(feed) | used_elsewhere
        self._in_expressions = {
            each.lower() for each in _named_in_expressions(feed) | used_elsewhere
        }

    def apply(self, chunk: Chunk, origin: str) -> Projected:
        """The chunk's records by the contract's names.

        Raises:
            MappingError: when an expression does not fit the source's columns.
        """
        unreadable = chunk.unreadable
        records, positions = self._selected(chunk.records, chunk.positions, origin)
        with_nulls = _with_missing(records, self._used)
        columns: dict[str, pa.Array] = {}
        failed: dict[str, pa.Array] = {}
        mapped = self._columns(records)
        for column, made in mapped.items():
            values, mask = self._column(column, made, with_nulls, origin)
            columns[column] = values
            if mask is not None and pc.any(mask).as_py():
                failed[column] = mask
        used = {made.source for made in mapped.values()} | self._used
        columns |= self._unmapped(records, used)
        projected = pa.table({**columns, "_position": positions})
        if failed:
            unreadable += tuple(_failures(records, positions, failed))
            is_bad = [pc.fill_null(mask, False) for mask in failed.values()]
            keep = pc.invert(is_bad[0] if len(is_bad) == 1 else _any(is_bad))
            projected = projected.filter(keep)
        return Projected(projected, unreadable)

    def _selected(
        self, records: pa.Table, positions: pa.Array, origin: str
    ) -> tuple[pa.Table, pa.Array]:
        if self.feed.where is None or not records.num_rows:
            return records, positions
        where = self._evaluated(
            "where", self.feed.where, _with_missing(records, self._used), origin
        )
        keep = pc.fill_null(pc.cast(where[0], pa.bool_()), False)
        return records.filter(keep), positions.filter(keep)

    def _columns(self, records: pa.Table) -> dict[str, ColumnMapping]:
        """The mapped columns, and those taken by their name."""
        made = dict(self.feed.columns)
        if not self.feed.match_names:
            return made
        replaced = {self.feed.contract.arriving_names[name].name
                    for name in made if name in self.feed.contract.arriving_names}  # fmt: skip
        for column in self.feed.contract.columns:
            for name in filter(None, (column.name, column.arriving_name)):
                is_free = column.name not in made and column.name not in replaced
                if name in records.column_names and is_free and name not in made:
                    made[name] = ColumnMapping.of(name)
        return made

    def _column(
        self, name: str, made: ColumnMapping, records: pa.Table, origin: str
    ) -> tuple[pa.Array, pa.Array | None]:
        failed = None
        if made.expression is not None:
            values, failed = self._evaluated(f"columns.{name}", made.expression, records, origin)
        elif made.source is not None:
            values = records.column(made.source).combine_chunks()
        else:
            values = pa.array([made.value] * records.num_rows)
        if made.format or made.time_zone or made.delay_days:
            values, wrong = times(values, made.format, made.time_zone)
            values = shifted(values, made.delay_days)
            failed = wrong if failed is None else pc.or_(failed, wrong)
        if made.type is not None:
            wanted = Column(name=name, type=made.type, description="", classification="internal")
            values, wrong = coerced(values, wanted)
            failed = wrong if failed is None else pc.or_(failed, wrong)
        if made.default is not None:
            values = _defaulted(values, made.default)
        return values, failed

    def _evaluated(
        self, key: str, expression: str, records: pa.Table, origin: str
    ) -> tuple[pa.Array, pa.Array | None]:
        where = f"datasets.{self.name}.{key}: {expression!r} over {origin}"
        try:
            values, failed = evaluate(expression, records)
        except duckdb.Error as error:
            raise MappingError(
                f"{where}: {str(error).splitlines()[0]} (columns of CSV, JSON and databases "
                "arrive as text: cast them)"
            ) from error
        if len(values) != records.num_rows:
            raise MappingError(f"{where}: it must use one record only, not sum over many.")
        return values, failed

    def _unmapped(self, records: pa.Table, used: Container[str | None]) -> dict[str, pa.Array]:
        """Columns that nothing maps; `source.<name>` where the name is taken."""
        if not self.feed.keep_unknown:
            return {}
        contract = self.feed.contract
        taken = {*contract.names, *contract.arriving_names, *_RESERVED}
        return {
            f"source.{name}" if name in taken else name: records.column(name).combine_chunks()
            for name in records.column_names
            if name not in used
            and name.lower() not in self._in_expressions
            and name not in self.feed.ignore
        }


def columns_used(feed: Feed) -> frozenset[str]:
    """Source columns that a feed's mapping names."""
    sources = {made.source for made in feed.columns.values() if made.source}
    return frozenset(sources) | _named_in_expressions(feed)


def _named_in_expressions(feed: Feed) -> frozenset[str]:
    expressions = (feed.where, *(made.expression for made in feed.columns.values()))
    return frozenset[str]().union(*(columns_named(each) for each in expressions if each))


def _with_missing(records: pa.Table, names: frozenset[str]) -> pa.Table:
    """The records with columns that came before and are gone, or are optional, as nulls."""
    there = {name.lower() for name in records.column_names}
    for name in sorted(names):
        if name.lower() not in there:
            records = records.append_column(name, pa.nulls(records.num_rows))
    return records


def _defaulted(values: pa.Array, default: object) -> pa.Array:
    if pa.types.is_string(values.type):
        empty = pc.or_kleene(pc.is_null(values), pc.equal(pc.utf8_trim_whitespace(values), ""))
        return pc.if_else(empty, str(default), values)
    try:
        return pc.fill_null(values, pa.scalar(default).cast(values.type))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pc.fill_null(pc.cast(values, pa.string()), str(default))


def _any(masks: list[pa.Array]) -> pa.Array:
    found = masks[0]
    for mask in masks[1:]:
        found = pc.or_(found, mask)
    return found


def _failures(
    records: pa.Table, positions: pa.Array, failed: dict[str, pa.Array]
) -> list[UnreadableRecord]:
    """One unreadable record for each row for which a column cannot be computed."""
    first: dict[int, str] = {}
    for column, mask in failed.items():
        for row in pc.indices_nonzero(pc.fill_null(mask, False)).to_pylist():
            first.setdefault(row, column)
    rows = sorted(first)
    payloads = _as_json(records.take(pa.array(rows, pa.int64())))
    return [
        UnreadableRecord(positions[row].as_py(), payload, "wrong_type", first[row])
        for row, payload in zip(rows, payloads, strict=True)
    ]


def _as_json(records: pa.Table) -> list[str]:
    columns = [[str(value) for value in records.column(name)] for name in records.column_names]
    return [
        json.dumps(dict(zip(records.column_names, row, strict=True)))
        for row in zip(*columns, strict=True)
    ]
