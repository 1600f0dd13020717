"""A folder as a stream: every taken record is there, in order, whatever ends the writer."""

import errno
import os
from datetime import datetime
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_ingest.local_stream import SHARD, LocalStream
from streaming_ingest.streams import Outgoing, StreamError

NOW = datetime(2024, 3, 2, 12, 0, 0, 5)


def stream_in(folder: Path, segment_bytes: int = 200) -> LocalStream:
    return LocalStream(folder / "stream", clock=lambda: NOW, segment_bytes=segment_bytes)


def send(stream: LocalStream, *payloads: bytes) -> None:
    stream.send([Outgoing("k", data) for data in payloads])


def everything(stream: LocalStream, after: str | None = None, most: int = 1_000) -> list[bytes]:
    return [record.data for record in stream.read(SHARD, after, most)]


@given(
    calls=st.lists(st.lists(st.binary(max_size=120), max_size=4), max_size=8),
    most=st.integers(1, 5),
)
def test_reading_on_from_any_record_gives_all_of_them_in_order(tmp_path_factory, calls, most):
    stream = stream_in(tmp_path_factory.mktemp("stream"))
    for call in calls:
        send(stream, *call)
    found, after = [], None
    while records := stream.read(SHARD, after, most):
        assert len(records) <= most
        found += records
        after = records[-1].sequence
    assert [record.data for record in found] == [data for call in calls for data in call]
    sequences = [int(record.sequence) for record in found]
    assert sequences == sorted(set(sequences))
    assert {record.arrived_at for record in found} <= {NOW}


@given(cut=st.integers(1, 60))
def test_a_tail_that_was_never_finished_is_not_read_and_goes_with_the_next_append(
    tmp_path_factory, cut
):
    folder = tmp_path_factory.mktemp("stream")
    send(stream_in(folder, 10_000), b"one", b"two" * 20)
    (segment,) = (folder / "stream").glob("*.log")
    os.truncate(segment, segment.stat().st_size - cut)
    again = stream_in(folder, 10_000)
    assert everything(again) == [b"one"]
    send(again, b"three")
    assert everything(stream_in(folder)) == [b"one", b"three"]


def test_two_writers_take_turns(tmp_path):
    one, two = stream_in(tmp_path), stream_in(tmp_path)
    for number in range(20):
        send((one, two)[number % 2], b"%d" % number)
    assert everything(one) == everything(two) == [b"%d" % number for number in range(20)]


def test_a_full_disk_takes_nothing_of_the_call(tmp_path, monkeypatch):
    stream = stream_in(tmp_path)
    send(stream, b"before")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StreamError, match="No space left"):
            send(stream, b"lost", b"lost")
    assert everything(stream) == [b"before"]
    send(stream, b"after")
    assert everything(stream_in(tmp_path)) == [b"before", b"after"]


def test_nobody_reads_an_append_that_fails(tmp_path, monkeypatch):
    stream, found = stream_in(tmp_path), []
    send(stream, b"before")
    reading = Thread(target=lambda: found.append(everything(stream_in(tmp_path))))

    def full(descriptor: int) -> None:
        reading.start()
        reading.join(0.2)
        assert reading.is_alive()  # the records are in the file, and the reader waits
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StreamError):
            send(stream, b"lost")
    reading.join()
    assert found == [[b"before"]]


def test_damage_before_the_end_is_an_error_and_not_silence(tmp_path):
    stream = stream_in(tmp_path)
    for number in range(10):
        send(stream, b"%d" % number * 50)
    first = sorted((tmp_path / "stream").glob("*.log"))[0]
    content = bytearray(first.read_bytes())
    content[30] ^= 1
    first.write_bytes(content)
    with pytest.raises(StreamError, match="damaged at byte 0"):
        everything(stream)


def test_trimmed_records_are_missed_loudly(tmp_path):
    stream = stream_in(tmp_path)
    for number in range(10):
        send(stream, b"%d" % number * 50)
    records = stream.read(SHARD, None, 100)
    assert stream.trim(records[5].sequence) > 0
    assert everything(stream, records[5].sequence) == [b"%d" % n * 50 for n in range(6, 10)]
    with pytest.raises(StreamError, match="trimmed before they were read"):
        everything(stream, records[0].sequence)


def test_a_shard_that_is_not_there(tmp_path):
    with pytest.raises(StreamError, match="no shard 'x'"):
        stream_in(tmp_path).read("x", None, 1)
