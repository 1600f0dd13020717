"""CSV: values as text; a line that does not fit becomes an unreadable record.

Each line is judged by itself: a quote that is not closed spoils its own line, not the rest of the
file, unless the mapping says that values hold line breaks.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as arrow_csv

from batch_ingest.chunk import MAX_ROWS, Chunk, integers, with_last
from batch_ingest.mapping import CsvOptions, Feed
from batch_ingest.readers.opening import OpenedFile, line_blocks
from sentinel.errors import SourceReadError
from sentinel.transform import UnreadableRecord

_BLOCK_BYTES = 32 * 1024 * 1024


def header(opened: OpenedFile, file: BinaryIO, feed: Feed) -> tuple[str, ...]:
    """Names of the file's columns; none for an empty file.

    Raises:
        SourceReadError: when the header names a column twice or cannot be read.
    """
    if feed.csv.column_names:
        return feed.csv.column_names
    for line in _lines(opened, file, feed.csv, 64 * 1024):
        if line.strip():
            return _names(opened, line, feed.csv)
    return ()


def read(opened: OpenedFile, file: BinaryIO, feed: Feed) -> Iterator[Chunk]:
    """The file's chunks; a position is a record's line after the header, from 0."""
    lines = _lines(opened, file, feed.csv, _BLOCK_BYTES)
    names = feed.csv.column_names
    if not names:
        first_line = next((line for line in lines if line.strip()), None)
        names = _names(opened, first_line, feed.csv) if first_line is not None else ()
    first = 0
    for block, is_last in with_last(_blocks(lines)):
        chunk = _chunk(opened, block, names, feed.csv, first)
        yield replace(chunk, is_last=is_last, bytes_read=opened.bytes_read(file))
        first += len(block)
    if first == 0:
        empty = pa.table({name: pa.array([], pa.string()) for name in names})
        yield Chunk(empty, pa.array([], pa.int64()), (), 0, 0, is_last=True)


def _lines(
    opened: OpenedFile, file: BinaryIO, options: CsvOptions, block_bytes: int
) -> Iterator[bytes]:
    """Lines, those joined that one quoted value spans where the mapping allows it."""
    quote, held = options.quote.encode(), b""
    for block in line_blocks(opened.unpacked(file), options.encoding, block_bytes):
        if not options.newlines_in_values:
            yield from block
            continue
        for line in block:
            held += line
            if held.count(quote) % 2 == 0:
                yield held
                held = b""
    if held:
        yield held


def _blocks(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    block, size = [], 0
    for line in lines:
        block.append(line)
        size += len(line)
        if size >= _BLOCK_BYTES or len(block) >= MAX_ROWS:
            yield block
            block, size = [], 0
    if block:
        yield block


def _names(opened: OpenedFile, line: bytes, options: CsvOptions) -> tuple[str, ...]:
    try:
        text = line.decode("utf-8").strip("\r\n")
    except UnicodeDecodeError as error:
        raise SourceReadError(
            f"{opened.path}: its header is not UTF-8; give the feed 'csv: {{encoding: ...}}'."
        ) from error
    row = next(csv.reader([text], delimiter=_delimiter(opened, options), quotechar=options.quote))
    names = tuple(name.strip() for name in row)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceReadError(
            f"{opened.path}: its header names {', '.join(map(repr, twice))} more than once; "
            "name the columns in the mapping ('csv: {column_names: [...]}')."
        )
    return names


def _delimiter(opened: OpenedFile, options: CsvOptions) -> str:
    return options.delimiter or ("\t" if ".tsv" in opened.path.lower() else ",")


def _chunk(
    opened: OpenedFile, lines: list[bytes], names: tuple[str, ...], options: CsvOptions, first: int
) -> Chunk:
    good, unreadable = _separated(lines, first, options)
    invalid: list[tuple[int, str]] = []

    def skip(row: arrow_csv.InvalidRow) -> str:
        invalid.append((row.number - 1, row.text))
        return "skip"

    records = _parsed(opened, [lines[at] for at in good], names, options, skip)
    wrong = {index for index, _ in invalid}
    unreadable += [
        UnreadableRecord(first + good[index], text, "wrong_column_count") for index, text in invalid
    ]
    if wrong or len(good) < len(lines):
        kept = [first + at for index, at in enumerate(good) if index not in wrong]
        positions = pa.array(kept, pa.int64())
    else:
        positions = integers(first, first + len(lines))
    return Chunk(
        records=records,
        positions=positions,
        unreadable=tuple(sorted(unreadable, key=lambda each: each.position)),
        first_position=first,
        end_position=first + len(lines),
    )


def _separated(
    lines: list[bytes], first: int, options: CsvOptions
) -> tuple[list[int], list[UnreadableRecord]]:
    """Which lines can be parsed, and the others; empty lines are neither."""
    whole = b"".join(lines)
    suspects = [_is_not_utf8] if _is_not_utf8(whole) else []
    quote = options.quote.encode()
    good, bad = [], []
    has_quotes = quote in whole
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        if any(suspect(line) for suspect in suspects):
            bad.append(_unreadable(first + at, line, "invalid_utf8"))
        elif has_quotes and line.count(quote) % 2:
            bad.append(_unreadable(first + at, line, "unbalanced_quotes"))
        else:
            good.append(at)
    return good, bad


def _is_not_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _parsed(
    opened: OpenedFile, lines: list[bytes], names: tuple[str, ...], options: CsvOptions,
    skip: Callable[[arrow_csv.InvalidRow], str],
) -> pa.Table:  # fmt: skip
    if not lines:
        return pa.table({name: pa.array([], pa.string()) for name in names})
    if not lines[-1].endswith(b"\n"):
        lines[-1] += b"\n"
    content = b"".join(lines)
    return arrow_csv.read_csv(
        io.BytesIO(content),
        arrow_csv.ReadOptions(
            column_names=list(names), use_threads=False, block_size=len(content) + 1
        ),
        arrow_csv.ParseOptions(
            delimiter=_delimiter(opened, options),
            quote_char=options.quote,
            newlines_in_values=options.newlines_in_values,
            invalid_row_handler=skip,
        ),
        arrow_csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )


def _unreadable(position: int, line: bytes, reason: str) -> UnreadableRecord:
    return UnreadableRecord(position, line.decode("utf-8", "backslashreplace"), reason)
