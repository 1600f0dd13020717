"""JSON lines: one object a line; what is no object becomes an unreadable record."""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec
import pyarrow as pa

from batch_ingest.chunk import MAX_ROWS, Chunk, with_last
from batch_ingest.mapping import Feed
from batch_ingest.readers.opening import OpenedFile, line_blocks
from sentinel.transform import UnreadableRecord
from sentinel.transform.plain_records import Record, text_table

_BLOCK_BYTES = 16 * 1024 * 1024


def read(opened: OpenedFile, file: BinaryIO, feed: Feed) -> Iterator[Chunk]:
    """The file's chunks; a position is a line's number, from 0, empty lines counted."""
    lines = line_blocks(opened.unpacked(file), feed.csv.encoding, _BLOCK_BYTES)
    keep = {column.source for column in feed.columns.values() if column.source}
    first = 0
    for block, is_last in with_last(_bounded(lines)):
        yield _chunk(block, first, is_last, opened.bytes_read(file), keep)
        first += len(block)
    if first == 0:
        yield Chunk(pa.table({}), pa.array([], pa.int64()), (), 0, 0, is_last=True)


def _bounded(blocks: Iterator[list[bytes]]) -> Iterator[list[bytes]]:
    for block in blocks:
        for start in range(0, len(block), MAX_ROWS):
            yield block[start : start + MAX_ROWS]


def _chunk(lines: list[bytes], first: int, is_last: bool, bytes_read: int, keep: set[str]) -> Chunk:
    decode = msgspec.json.Decoder(float_hook=_number).decode
    records: list[Record] = []
    positions: list[int] = []
    unreadable: list[UnreadableRecord] = []
    for position, line in enumerate(lines, first):
        try:
            record = decode(line)
        except UnicodeDecodeError:
            unreadable.append(_unreadable(position, line, "invalid_utf8"))
        except msgspec.DecodeError:
            if line.strip():
                unreadable.append(_unreadable(position, line, "malformed_json"))
        else:
            if type(record) is dict:
                records.append(record)
                positions.append(position)
            else:
                unreadable.append(_unreadable(position, line, "not_an_object"))
    return Chunk(
        records=text_table(records, keep),
        positions=pa.array(positions, pa.int64()),
        unreadable=tuple(unreadable),
        first_position=first,
        end_position=first + len(lines),
        is_last=is_last,
        bytes_read=bytes_read,
    )


def _number(text: str) -> str:
    """A number with a point as it is written, so that no digit is lost; 7.0 as 7."""
    return text.removesuffix(".0")


def _unreadable(position: int, line: bytes, reason: str) -> UnreadableRecord:
    return UnreadableRecord(position, line.decode("utf-8", "backslashreplace"), reason)
