"""Reading a file of any format.

Belongs here: choosing the format's reader, and naming the file in every error. Does not belong
here: the formats.
"""

import contextlib
import zlib
from collections.abc import Iterator

import pyarrow as pa

from batch_ingest.chunk import Chunk
from batch_ingest.mapping import Feed
from batch_ingest.readers import csv, json_lines, parquet
from batch_ingest.readers.opening import OpenedFile, file_format
from sentinel.errors import SourceReadError

_READERS = {"parquet": parquet.read, "csv": csv.read, "jsonl": json_lines.read}
_HEADERS = {"parquet": parquet.header, "csv": csv.header}


def read_chunks(opened: OpenedFile, feed: Feed) -> Iterator[Chunk]:
    """The file's chunks, the last one marked; at least one, even if it is empty.

    Raises:
        SourceReadError: when the file cannot be read; single bad records do not raise.
    """
    reader = _READERS[file_format(opened.path, feed.format)]
    with reading(opened), opened.open() as file:
        yield from reader(opened, file, feed)


def column_names(opened: OpenedFile, feed: Feed) -> Iterator[tuple[str, ...]]:
    """Names of the file's columns: at once where it has a header, otherwise as they come up.

    Raises:
        SourceReadError: when the file cannot be read.
    """
    told = file_format(opened.path, feed.format)
    if told in _HEADERS:
        with reading(opened), opened.open() as file:
            yield _HEADERS[told](opened, file, feed)
        return
    for chunk in read_chunks(opened, feed):
        yield tuple(chunk.records.column_names)


@contextlib.contextmanager
def reading(opened: OpenedFile) -> Iterator[None]:
    """Errors of the file system and of the formats, told as errors of this file."""
    try:
        yield
    except (OSError, EOFError, zlib.error, pa.ArrowException) as error:
        raise SourceReadError(
            f"{opened.path}: it cannot be read ({type(error).__name__}: {error}); replace the "
            "file by a whole one, or leave it out of the source."
        ) from error
