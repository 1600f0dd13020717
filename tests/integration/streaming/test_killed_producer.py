"""A producer that is killed anywhere, with the service up or down, loses nothing it flushed.

`SENTINEL_SOAK_ROUNDS` sets how often it is killed (`make soak`).
"""

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import pytest

from streaming_ingest.local_stream import SHARD, LocalStream
from streaming_ingest.producers import CircuitBreaker, Producer, Retrying, Spool
from streaming_ingest.streams import StreamError

ROUNDS = int(os.environ.get("SENTINEL_SOAK_ROUNDS", "8"))
IN_A_CALL = 25
IN_A_FLUSH = 20


class Service:
    """A stream in a folder that is down while a file says so, in whatever process."""

    name, most_records, most_bytes, most_record_bytes = "service", IN_A_CALL, 10_000, 1_000

    def __init__(self, folder: Path) -> None:
        self._stream, self._down = LocalStream(folder / "stream"), folder / "down"

    def send(self, records):
        if self._down.exists():
            raise StreamError("the service is down")
        return self._stream.send(records)


def producer_in(folder: Path) -> Producer:
    return Producer(
        Service(folder),
        Spool(folder / "spool", segment_bytes=2_000),
        linger_seconds=0.01,
        retrying=Retrying(first_seconds=0.001, most_seconds=0.002),
        breaker=CircuitBreaker(most_failures=2, open_seconds=0.02),
    )


def flushed(folder: Path) -> int:
    """How many records a process was told are durable."""
    path = folder / "flushed"
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return int(lines[-1]) if lines else 0


def produce(folder: Path) -> None:
    """Puts numbers from the first that is not known to be durable on; until it is killed."""
    number = flushed(folder)
    with producer_in(folder) as producer, (folder / "flushed").open("a") as notes:
        while True:
            for _ in range(IN_A_FLUSH):
                producer.put(f"k{number % 7}", b"%d" % number)
                number += 1
            producer.flush()
            notes.write(f"{number}\n")
            notes.flush()


def numbers_in(folder: Path) -> list[int]:
    records = LocalStream(folder / "stream").read(SHARD, None, 10**9)
    return [int(record.data) for record in records]


@pytest.mark.parametrize("seed", [20261123, 20261124])
def test_nothing_flushed_is_lost_however_often_it_is_killed(tmp_path, seed):
    drawn = random.Random(seed)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["streaming_ingest.producers", "streaming_ingest.local_stream"])
    down = tmp_path / "down"
    spooling = 0
    for _ in range(ROUNDS):
        before = flushed(tmp_path)
        process = context.Process(target=produce, args=(tmp_path,))
        process.start()
        give_up_at = time.monotonic() + 60
        while flushed(tmp_path) == before:
            assert process.is_alive()
            assert time.monotonic() < give_up_at
            time.sleep(0.005)
        for _ in range(drawn.randint(0, 3)):
            time.sleep(drawn.uniform(0, 0.08))
            down.unlink() if down.exists() else down.touch()
        time.sleep(drawn.uniform(0, 0.08))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        spooling += len(list((tmp_path / "spool").glob("*.spool"))) > 0
    assert spooling >= ROUNDS // 3, "it was hardly ever killed while it spooled"

    down.unlink(missing_ok=True)
    durable = flushed(tmp_path)
    with producer_in(tmp_path) as producer:
        while not producer.drain():
            time.sleep(0.01)
    found = numbers_in(tmp_path)
    assert set(range(durable)) <= set(found)
    # Put again: what was not flushed, and one call whose acknowledgement was not noted.
    assert len(found) - len(set(found)) <= ROUNDS * (IN_A_FLUSH + IN_A_CALL)
    for key in range(7):
        first_seen = list(dict.fromkeys(number for number in found if number % 7 == key))
        assert first_seen == sorted(first_seen), f"order of key {key}"
