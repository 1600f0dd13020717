"""Records on disk while the service is down.

Belongs here: an append-only queue that survives a killed process and a power cut. Does not belong
here: when to spool and when to drain; see `producer`.

A segment is a file named by the position of its first byte in the spool. Each record is framed by
checksum, length of its key and length of its data. What the service acknowledged is noted beside
the segment, record by record, so that a restarted process sends the others and no more; a segment
whose records are all acknowledged is removed.
"""

import fcntl
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import structlog

from sentinel.durable_files import append, sync_folder
from streaming_ingest.streams import Outgoing, StreamError

SEGMENT_BYTES = 16 * 2**20
_FRAME = struct.Struct("<III")  # CRC-32 of the rest, length of the key, length of the data
_ACKNOWLEDGED = struct.Struct("<QI")  # position, CRC-32 of it
_SUFFIX, _ACKNOWLEDGED_SUFFIX = ".spool", ".acknowledged"

log = structlog.get_logger(__name__)


class SpoolError(StreamError):
    """The spool cannot be written or read."""


class SpoolFullError(SpoolError):
    """The spool holds as much as it may."""


@dataclass(frozen=True)
class Spooled:
    """A record and its place in the spool."""

    position: int
    record: Outgoing


@dataclass
class _Segment:
    path: Path
    start: int
    end: int
    waiting: set[int] = field(default_factory=set)
    """Positions of records that are not acknowledged."""

    @property
    def acknowledged_path(self) -> Path:
        return self.path.with_suffix(_ACKNOWLEDGED_SUFFIX)


class Spool:
    """A durable queue of records in a folder of its own.

    Args:
        folder: made when missing; one process may have it open.
        most_bytes: what it may hold, frames included.
        segment_bytes: size from which a new segment is begun.

    Raises:
        SpoolError: when another process has the folder open, or a segment is damaged.
    """

    def __init__(
        self, folder: Path, most_bytes: int = 2**30, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self._folder, self._most_bytes, self._segment_bytes = folder, most_bytes, segment_bytes
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = self._locked()
        try:
            self._open()
        except BaseException:
            self._lock.close()
            raise
        self._read_up_to = self._segments[0].start if self._segments else 0

    def __len__(self) -> int:
        """Records that are not acknowledged."""
        return sum(len(segment.waiting) for segment in self._segments)

    @property
    def size_bytes(self) -> int:
        """Bytes on disk, acknowledged records of unfinished segments included."""
        return sum(segment.end - segment.start for segment in self._segments)

    def append(self, records: Sequence[Outgoing]) -> None:
        """Appends records; all of them are durable when this returns, or none is there.

        Raises:
            SpoolFullError: when they would make the spool larger than it may be.
            SpoolError: when the folder cannot be written.
        """
        frames = [_framed(record) for record in records]
        content = b"".join(frames)
        if self.size_bytes + len(content) > self._most_bytes:
            raise SpoolFullError(
                f"spool {self._folder} holds {self.size_bytes:,} of {self._most_bytes:,} bytes: "
                "the records were not taken; wait until the stream answers again, or allow more."
            )
        try:
            segment = self._writable()
            append(segment.path, content)
        except OSError as error:
            raise SpoolError(
                f"spool {self._folder} cannot be written ({error}): the records were not taken; "
                "make room or rights there and send them again."
            ) from error
        for frame in frames:
            segment.waiting.add(segment.end)
            segment.end += len(frame)
        self._end = segment.end

    def read(self, most_records: int, most_bytes: int) -> list[Spooled]:
        """The next records that were neither read nor acknowledged, oldest first."""
        found: list[Spooled] = []
        size = 0
        for segment in self._segments:
            if segment.end <= self._read_up_to:
                continue
            for position, end, record in _frames(segment, max(self._read_up_to, segment.start)):
                if position in segment.waiting:
                    size += end - position
                    if len(found) == most_records or (found and size > most_bytes):
                        return found
                    found.append(Spooled(position, record))
                self._read_up_to = end
        return found

    def acknowledge(self, positions: Sequence[int]) -> None:
        """Notes that the service has these records; raises SpoolError when it cannot be written."""
        try:
            for segment in self._segments:
                own = [each for each in positions if segment.start <= each < segment.end]
                if own:
                    segment.waiting.difference_update(own)
                    with segment.acknowledged_path.open("ab") as file:
                        file.write(b"".join(map(_acknowledgement, own)))
            self._remove_finished()
        except OSError as error:
            raise SpoolError(
                f"spool {self._folder} cannot be written ({error}): records that were sent would "
                "be sent again after a restart; make room or rights there."
            ) from error

    def close(self) -> None:
        """Lets another process open the folder."""
        self._lock.close()

    def _locked(self) -> TextIO:
        lock = (self._folder / ".lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise SpoolError(
                f"spool {self._folder} is open in another process: give each producer a folder of "
                "its own, or end the other one."
            ) from None
        return lock

    def _open(self) -> None:
        sync_folder(self._folder.parent)
        paths = sorted(self._folder.glob(f"*{_SUFFIX}"))
        segments: list[_Segment] = []
        for number, path in enumerate(paths):
            segment = _Segment(path, int(path.stem), int(path.stem) + path.stat().st_size)
            whole = segment.start
            for position, end, _ in _frames(segment, segment.start):
                segment.waiting.add(position)
                whole = end
            if whole < segment.end:
                _drop_tail(segment, whole, is_last=number == len(paths) - 1)
            segment.waiting -= _acknowledged(segment)
            segments.append(segment)
        for path in self._folder.glob(f"*{_ACKNOWLEDGED_SUFFIX}"):
            if not path.with_suffix(_SUFFIX).exists():
                path.unlink()  # its segment was removed when the process ended
        self._end = segments[-1].end if segments else 0
        self._segments = segments
        self._remove_finished()

    def _writable(self) -> _Segment:
        last = self._segments[-1] if self._segments else None
        if last is not None and last.end - last.start < self._segment_bytes:
            return last
        segment = _Segment(self._folder / f"{self._end:020d}{_SUFFIX}", self._end, self._end)
        segment.path.touch()
        sync_folder(self._folder)
        self._segments.append(segment)
        return segment

    def _remove_finished(self) -> None:
        for segment in [each for each in self._segments if not each.waiting]:
            segment.path.unlink()
            segment.acknowledged_path.unlink(missing_ok=True)
            self._segments.remove(segment)


def _framed(record: Outgoing) -> bytes:
    key = record.key.encode()
    rest = struct.pack("<II", len(key), len(record.data)) + key + record.data
    return struct.pack("<I", zlib.crc32(rest)) + rest


def _frames(segment: _Segment, position: int) -> Iterator[tuple[int, int, Outgoing]]:
    """Begin, end and content of each whole record from a position on."""
    with segment.path.open("rb") as file:
        file.seek(position - segment.start)
        while True:
            head = file.read(_FRAME.size)
            if len(head) < _FRAME.size:
                return
            checksum, key_length, data_length = _FRAME.unpack(head)
            if position + _FRAME.size + key_length + data_length > segment.end:
                return
            content = file.read(key_length + data_length)
            if zlib.crc32(head[4:] + content) != checksum:
                return
            end = position + _FRAME.size + len(content)
            yield position, end, Outgoing(content[:key_length].decode(), content[key_length:])
            position = end


def _drop_tail(segment: _Segment, whole: int, is_last: bool) -> None:
    """An interrupted append leaves a tail, in the last segment; nobody was told it is durable."""
    if not is_last:
        raise SpoolError(
            f"{segment.path} is damaged at byte {whole - segment.start}: restore the file, or move "
            "it away to send the records of the others."
        )
    log.warning("torn tail dropped", file=segment.path.name, size_bytes=segment.end - whole)
    os.truncate(segment.path, whole - segment.start)
    segment.end = whole


def _acknowledgement(position: int) -> bytes:
    return _ACKNOWLEDGED.pack(position, zlib.crc32(struct.pack("<Q", position)))


def _acknowledged(segment: _Segment) -> set[int]:
    """Positions noted beside a segment; a torn note is removed, its record is sent again."""
    path = segment.acknowledged_path
    if not path.exists():
        return set()
    content = path.read_bytes()
    found: set[int] = set()
    for start in range(0, len(content), _ACKNOWLEDGED.size):
        note = content[start : start + _ACKNOWLEDGED.size]
        position = int.from_bytes(note[:8], "little")
        if note != _acknowledgement(position):
            os.truncate(path, start)
            break
        found.add(position)
    return found
