"""Parquet: columns in their own types, row groups cut into chunks."""

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from batch_ingest.chunk import MAX_ROWS, Chunk, integers, with_last
from batch_ingest.mapping import Feed
from batch_ingest.readers.opening import OpenedFile
from sentinel.errors import SourceReadError

_BATCH_ROWS = 65_536


def header(opened: OpenedFile, file: BinaryIO, feed: Feed) -> tuple[str, ...]:
    """Names of the file's columns."""
    return tuple(pq.read_schema(opened.unpacked(file)).names)


def read(opened: OpenedFile, file: BinaryIO, feed: Feed) -> Iterator[Chunk]:
    """The file's chunks; a position is a row's number, from 0."""
    parquet = pq.ParquetFile(opened.unpacked(file))
    schema = parquet.schema_arrow
    twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
    if twice:
        raise SourceReadError(
            f"{opened.path}: it has more than one column named {', '.join(map(repr, twice))}; "
            "write the file with different names."
        )
    total, first = parquet.metadata.num_rows, 0
    if total == 0:
        yield Chunk(schema.empty_table(), pa.array([], pa.int64()), (), 0, 0, is_last=True)
    for table, is_last in with_last(_tables(parquet, schema)):
        end = first + table.num_rows
        yield Chunk(
            records=table,
            positions=integers(first, end),
            unreadable=(),
            first_position=first,
            end_position=end,
            is_last=is_last,
            bytes_read=opened.size_bytes * end // total,
        )
        first = end


def _tables(parquet: pq.ParquetFile, schema: pa.Schema) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in parquet.iter_batches(batch_size=min(MAX_ROWS, _BATCH_ROWS)):
        held.append(batch)
        rows += batch.num_rows
        if rows >= MAX_ROWS:
            yield pa.Table.from_batches(held, schema)
            held, rows = [], 0
    if held:
        yield pa.Table.from_batches(held, schema)
