"""Opening a file: its format, its compression, its lines.

Belongs here: bytes and lines. Does not belong here: what a line says.
"""

import bz2
import gzip
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

import pyarrow as pa

from sentinel.errors import SourceReadError

FORMATS = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}
_COMPRESSIONS = (".gz", ".bz2", ".zst")
_BLOCK_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class OpenedFile:
    """A file of the source.

    Attributes:
        path: path relative to the source, with `/`.
        size_bytes: size as stored.
        open: opens the stored bytes.
    """

    path: str
    size_bytes: int
    open: Callable[[], BinaryIO]

    @property
    def compression(self) -> str | None:
        """Ending that says how the file is compressed, if it is."""
        return next((end for end in _COMPRESSIONS if self.path.lower().endswith(end)), None)

    def content_hash(self) -> str:
        """SHA-256 of the stored bytes.

        A compressed file is unpacked to its end as well: one that breaks off must be found before
        its first records are delivered.
        """
        digest = hashlib.sha256()
        with self.open() as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
        if self.compression:
            with self.open() as file:
                unpacked = self.unpacked(file)
                while unpacked.read(_BLOCK_BYTES):
                    pass
        return digest.hexdigest()

    def bytes_read(self, file: BinaryIO) -> int:
        """How much of the stored bytes was read; a reader closes the file when it is at its end."""
        return self.size_bytes if file.closed else file.tell()

    def unpacked(self, file: BinaryIO) -> BinaryIO:
        """The file's content without compression."""
        if self.compression == ".gz":
            return cast(BinaryIO, io.BufferedReader(gzip.GzipFile(fileobj=file)))
        if self.compression == ".bz2":
            return cast(BinaryIO, io.BufferedReader(bz2.BZ2File(file)))
        if self.compression == ".zst":
            return cast(BinaryIO, io.BufferedReader(pa.CompressedInputStream(file, "zstd")))
        return file


def file_format(path: str, told: str | None) -> str:
    """The format of a file: as the mapping tells, or by its name.

    Raises:
        SourceReadError: when neither says.
    """
    if told is not None:
        return told
    name = path.lower()
    for ending in _COMPRESSIONS:
        name = name.removesuffix(ending)
    for ending, found in FORMATS.items():
        if name.endswith(ending):
            return found
    raise SourceReadError(
        f"{path}: its name does not say what format it has; give the feed a 'format': "
        f"{', '.join(sorted(set(FORMATS.values())))}."
    )


def line_blocks(stream: BinaryIO, encoding: str, block_bytes: int) -> Iterator[list[bytes]]:
    """Lines in UTF-8, in blocks of about so many bytes; what cannot be decoded stays invalid."""
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig"):
        is_first = True
        while lines := stream.readlines(block_bytes):
            if is_first:
                lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
                is_first = False
            yield lines
        return
    text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="\n")
    while decoded := text.readlines(block_bytes):
        yield [line.encode("utf-8", "surrogateescape") for line in decoded]
