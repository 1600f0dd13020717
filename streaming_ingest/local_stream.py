"""A stream in a folder: what Kinesis is on AWS, for one machine.

Belongs here: an append-only log that survives a killed process and a power cut. Does not belong
here: what the records are.

One shard. A segment is a file named by the position of its first byte in the whole stream; a
record's sequence is the position after its last byte. Each record is framed by length, checksum
and time of arrival, so an interrupted append leaves a tail that no reader takes and the next
append removes.
"""

import contextlib
import fcntl
import os
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sentinel.durable_files import append, sync_folder
from sentinel.ledger import utc_now
from streaming_ingest.streams import Outgoing, Sent, StreamError, StreamRecord

SHARD = "shard-0000"
SEGMENT_BYTES = 64 * 2**20
_FRAME = struct.Struct("<IIq")  # length of the data, CRC-32 of the rest of the frame, microseconds
_EPOCH = datetime(1970, 1, 1)
_SUFFIX = ".log"


@dataclass(frozen=True)
class _Segment:
    path: Path
    start: int

    @property
    def end(self) -> int:
        return self.start + self.path.stat().st_size


class LocalStream:
    """Writes and reads one stream; any number of processes may do both.

    Args:
        folder: the stream's own; made when missing.
        clock: tells the UTC time of arrival.
        segment_bytes: size from which a new segment is begun.
    """

    most_records = 10_000
    most_bytes = 16 * 2**20
    # Above what decoding takes, so that an oversized record ends in quarantine as on AWS.
    most_record_bytes = 8 * 2**20

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], datetime] = utc_now,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        self.name = folder.name
        self._folder, self._clock, self._segment_bytes = folder, clock, segment_bytes
        folder.mkdir(parents=True, exist_ok=True)
        self._whole = 0
        """Position up to which this process knows that records are whole."""

    def shards(self) -> tuple[str, ...]:
        """The one shard."""
        return (SHARD,)

    def send(self, records: Sequence[Outgoing]) -> Sent:
        """Appends records, all of them durable when this returns; all or, on an error, none.

        Raises:
            StreamError: when the folder cannot be written, for example because the disk is full.
        """
        arrived = (self._clock() - _EPOCH) // timedelta(microseconds=1)
        content = b"".join(_framed(record.data, arrived) for record in records)
        try:
            with self._locked(fcntl.LOCK_EX):
                segment = self._writable_segment()
                append(segment.path, content)
                self._whole = segment.end
        except OSError as error:
            raise StreamError(
                f"stream {self.name} cannot be written ({error}): the records were not taken; "
                f"make room or rights in {self._folder} and send them again."
            ) from error
        return Sent((None,) * len(records))

    def read(self, shard: str, after: str | None, most: int) -> list[StreamRecord]:
        """At most so many records after a sequence; none if none came.

        Raises:
            StreamError: for an unknown shard, a sequence that is not there any more, or a record
                whose checksum is wrong although others follow.
        """
        if shard != SHARD:
            raise StreamError(f"stream {self.name} has no shard {shard!r}; it has {SHARD}.")
        with self._locked(fcntl.LOCK_SH):
            return self._read(after, most)

    def _read(self, after: str | None, most: int) -> list[StreamRecord]:
        found: list[StreamRecord] = []
        position = int(after) if after is not None else self._oldest()
        segments = self._segments()
        for number, segment in enumerate(segments):
            is_last = number == len(segments) - 1
            if segment.end <= position and not is_last:
                continue
            if segment.start > position:
                raise StreamError(
                    f"stream {self.name} starts at {segment.start}, after {position}: records "
                    "between were trimmed before they were read."
                )
            arrived_before, arrived_at = -1, _EPOCH
            for end, arrived, data in _frames(segment, position, is_last):
                if arrived != arrived_before:  # records of one call came together
                    arrived_before, arrived_at = arrived, _EPOCH + timedelta(microseconds=arrived)
                found.append(StreamRecord(data, str(end), arrived_at))
                position = end
                if len(found) == most:
                    return found
        return found

    def end(self) -> int:
        """Position after the last record that is whole."""
        with self._locked(fcntl.LOCK_SH):
            segments = self._segments()
            return self._whole_end(segments[-1]) if segments else 0

    def trim(self, before: str) -> int:
        """Removes whole segments before a sequence; returns how many bytes that freed."""
        freed = 0
        for segment in self._segments()[:-1]:
            if segment.end <= int(before):
                freed += segment.end - segment.start
                segment.path.unlink()
        return freed

    @contextlib.contextmanager
    def _locked(self, kind: int) -> Iterator[None]:
        """Shared to read, exclusive to append: an append that fails is taken back, and nobody may
        have read it by then.
        """
        with (self._folder / ".lock").open("a") as lock:
            fcntl.flock(lock, kind)
            yield

    def _segments(self) -> list[_Segment]:
        paths = sorted(self._folder.glob(f"*{_SUFFIX}"))
        return [_Segment(path, int(path.stem)) for path in paths]

    def _oldest(self) -> int:
        segments = self._segments()
        return segments[0].start if segments else 0

    def _writable_segment(self) -> _Segment:
        """The last segment without an unfinished tail, or a new one where that is full."""
        segments = self._segments()
        if segments:
            last = segments[-1]
            whole = self._whole_end(last)
            if whole < last.end:
                os.truncate(last.path, whole - last.start)
            if last.end - last.start < self._segment_bytes:
                return last
        start = segments[-1].end if segments else 0
        path = self._folder / f"{start:020d}{_SUFFIX}"
        path.touch()
        sync_folder(self._folder)
        return _Segment(path, start)

    def _whole_end(self, last: _Segment) -> int:
        position = max(self._whole, last.start)
        for end, _, _ in _frames(last, position, is_last=True):
            position = end
        self._whole = position
        return position


def _framed(data: bytes, arrived: int) -> bytes:
    rest = struct.pack("<q", arrived) + data
    return _FRAME.pack(len(data), zlib.crc32(rest), arrived) + data


def _frames(segment: _Segment, position: int, is_last: bool) -> Iterator[tuple[int, int, bytes]]:
    """Position after it, arrival and data of each whole record from a position on."""
    with segment.path.open("rb") as file:
        file.seek(position - segment.start)
        while True:
            head = file.read(_FRAME.size)
            if len(head) == _FRAME.size:
                length, checksum, arrived = _FRAME.unpack(head)
                data = file.read(length)
                if len(data) == length and zlib.crc32(head[8:] + data) == checksum:
                    position += _FRAME.size + length
                    yield position, arrived, data
                    continue
            elif not head:
                return
            if is_last:
                return  # still being written, or never finished
            raise StreamError(
                f"{segment.path} is damaged at byte {position - segment.start}: restore the file, "
                "or move it away together with those before it to go on after it."
            )
