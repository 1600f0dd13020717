"""The faults, each with what must hold after it.

Belongs here: making things fail, at the edge of the process: at the API, the disk, the clock, the
process itself. Does not belong here: reaching into a component to break it.
"""

import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner

from sentinel.contracts import contract
from sentinel.errors import SentinelError
from sentinel.ledger import utc_now
from sentinel.settings import REPOSITORY_ROOT
from streaming_ingest.commands import app
from streaming_ingest.producers import CircuitState, Producer
from streaming_ingest.streams import StreamError, StreamRecord
from tests.game_day.scene import DATASET, drained, in_folder, on_aws, record
from tests.support.aws_server import THROTTLE, AwsServer, refuse_calls, refuse_records
from tests.support.firehose_place import firehose_place, in_environment
from tests.support.firehose_service import FirehoseService
from tests.support.lake_rows import delivered_rows, produced_count, quarantined_rows

_FSYNC_SECONDS = 0.02
_KILLS = 3


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        name: as it is asked for.
        what: what is done.
        holds: what must hold during it and after it.
        play: does it, in a folder of its own, with a server for AWS; raises if it does not hold.
    """

    name: str
    what: str
    holds: str
    play: Callable[[Path, AwsServer], None]


def api_errors(folder: Path, server: AwsServer) -> None:
    """Kinesis answers with errors, then not at all for a while, then S3 does."""
    scene = on_aws(folder, server)
    flaky = scene.writer._client
    refuse_calls(flaky, "PutRecords", lambda call: "InternalFailure" if call % 3 else None)
    scene.produce(60)
    down = on_aws(folder / "other", server)
    down.lake = scene.lake
    refuse_calls(
        down.writer._client, "PutRecords", lambda call: "InternalFailure" if call < 6 else None
    )
    with down.producer() as producer:
        down.produce(60, producer)
        assert producer.counters.spooled, "nothing was spooled while the service was down"
        drained(producer)
        assert producer.state is CircuitState.CLOSED, "the circuit stays open"
    refuse_calls(
        scene.lake._store.client,
        "PutObject",
        lambda call: "InternalError" if call in (0, 3) else None,
    )
    delivery = scene.delivery()
    for _ in range(10):
        with contextlib.suppress(Exception):
            scene.deliver(delivery)
            break
    down.deliver()
    scene.accepted += down.accepted
    scene.nothing_is_lost_and_nothing_is_there_twice()


def throttling(folder: Path, server: AwsServer) -> None:
    """Kinesis takes half of each call, and refuses to be read for some calls."""
    scene = on_aws(folder, server)
    refuse_records(
        scene.writer._client, "PutRecords",
        lambda call, number: THROTTLE if call < 8 and number % 2 else None,
    )  # fmt: skip
    refuse_calls(scene.reader._client, "GetRecords", lambda call: THROTTLE if call < 3 else None)
    with scene.producer() as producer:
        scene.produce(100, producer)
        assert producer.counters.throttled, "nothing was throttled"
        assert not producer.counters.spooled, "throttling is no outage"
    # Of one key in the order in which they were put, whatever was sent again.
    by_key: dict[int, list[int]] = {}
    for shard in scene.reader.shards():
        for one in scene.reader.read(shard, None, 1_000):
            number = int(json.loads(one.data)["transaction_id"].rpartition("-")[2])
            by_key.setdefault(number % 5, []).append(number)
    assert len(by_key) == 5
    assert all(numbers == sorted(numbers) for numbers in by_key.values()), "order is lost"
    scene.deliver()
    scene.nothing_is_lost_and_nothing_is_there_twice()


def slow_disk(folder: Path, server: AwsServer) -> None:
    """Every write that has to be durable takes long."""
    scene = in_folder(folder)
    with _slow_fsync() as writes:
        with scene.producer(most_waiting_records=20) as producer:
            began = time.monotonic()
            scene.produce(200, producer)
            waited = time.monotonic() - began
        assert writes, "nothing was made durable"
        assert waited >= _FSYNC_SECONDS, "the producer did not wait for the disk"
        scene.deliver()
    scene.nothing_is_lost_and_nothing_is_there_twice()


def killed_process(folder: Path, server: AwsServer) -> None:
    """The delivery is killed, again and again, wherever it is."""
    scene, chance = in_folder(folder), random.Random(3)
    for _ in range(_KILLS):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.game_day.deliverer", str(folder)],
            stdout=subprocess.PIPE, cwd=REPOSITORY_ROOT,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            scene.produce(120)
            time.sleep(chance.random() / 5)
            assert process.poll() is None, "ended by itself"
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    scene.deliver()
    scene.nothing_is_lost_and_nothing_is_there_twice()


def full_disk(folder: Path, server: AwsServer) -> None:
    """The kernel takes no more bytes: from the producer, then from the delivery."""
    scene = in_folder(folder)
    scene.produce(10)
    names = [f"full-{number}" for number in range(1_000)]
    with scene.producer() as producer:
        with _no_room(64_000):  # what is logged meanwhile may lie in a file, too
            refused = [name for name in names if not _is_taken(producer, name)]
            try:
                producer.flush()
            except StreamError as error:
                assert "room" in str(error), "it does not say what to do"
            else:
                raise AssertionError("records are said to be safe that lie nowhere")
        for name in refused:
            producer.put(name, record(name))
        producer.flush()
        drained(producer)
    scene.accepted += names
    delivery = scene.delivery()
    with _no_room(1_000):
        try:
            scene.deliver(delivery)
        except (SentinelError, OSError):
            pass
        else:
            raise AssertionError("a batch was committed that lies nowhere")
    scene.deliver(delivery)
    scene.nothing_is_lost_and_nothing_is_there_twice()


def clock_jump(folder: Path, server: AwsServer) -> None:
    """The clock goes back a day while records wait, then ahead by two."""
    ahead = [timedelta()]

    def clock() -> datetime:
        return utc_now() + ahead[0]

    scene = in_folder(folder, clock)
    delivery = scene.delivery(clock)
    for jump in (timedelta(), -timedelta(days=1), timedelta(days=1)):
        scene.produce(20)
        delivery.poll()
        ahead[0] = jump
        delivery.poll()
        time.sleep(0.1)
        delivery.poll()
        assert not delivery.buffered_count, "what waits is not delivered until the old time is back"
    scene.nothing_is_lost_and_nothing_is_there_twice()


def lost_messages(folder: Path, server: AwsServer) -> None:
    """S3's events about Firehose's objects are lost, or come twice."""
    place = firehose_place(server)
    names = [f"run-{number}" for number in range(100)]
    arrived = datetime(2026, 6, 1, 12)
    given = [
        StreamRecord(record(name), str(number), arrived + timedelta(milliseconds=number))
        for number, name in enumerate(names)
    ]
    with in_environment(place):
        service = FirehoseService(contract(DATASET), place.put, random.Random(5))
        service.deliver(given[:50])
        bodies = [message["Body"] for message in place.received()]
        place.forget_events()
        for body in bodies[: len(bodies) // 2] * 2:
            place.server.client("sqs").send_message(QueueUrl=place.queue_url, MessageBody=body)
        service.deliver(given[50:])
        for options in (["--until-empty"], ["--sweep"], ["--sweep"]):
            done = CliRunner().invoke(app, ["commit", *options])
            assert done.exit_code == 0, done.output
        lake = place.lake()
        delivered = sorted(row["transaction_id"] for row in delivered_rows(lake, DATASET))
        rejected = len(quarantined_rows(lake, DATASET))
    good = sorted(name for name in names if int(name.rpartition("-")[2]) % 7)
    assert delivered == good, "records are missing, or there twice"
    assert rejected == len(names) - len(good), "rejected records do not add up"
    assert produced_count(lake, DATASET) == len(names), "the ledger does not add up"


def _is_taken(producer: Producer, name: str) -> bool:
    try:
        producer.put(name, record(name))
    except StreamError:
        return False
    return True


FAULTS = (
    Fault(
        "api-errors", "Kinesis answers with errors, then not at all; S3 refuses writes",
        "Producers spool and send later, the delivery goes on where it was: each record once",
        api_errors,
    ),
    Fault(
        "throttling", "Kinesis takes half of each call, and refuses reads",
        "Producers slow down and spool nothing; order within a key stays; each record once",
        throttling,
    ),
    Fault(
        "slow-disk", "Every durable write takes long",
        "Producers wait, memory stays bounded, nothing is refused; each record once",
        slow_disk,
    ),
    Fault(
        "killed-process", "The delivery is killed at random, several times",
        "The next one goes on after the last commit; each record once",
        killed_process,
    ),
    Fault(
        "full-disk", "No more bytes can be written: by the producer, then by the delivery",
        "Records are refused with a clear error, nothing half is committed; each record once",
        full_disk,
    ),
    Fault(
        "clock-jump", "The clock goes back a day while records wait, then ahead by two",
        "What waits is delivered within its time; each record once",
        clock_jump,
    ),
    Fault(
        "lost-messages", "S3's events about Firehose's objects are lost, others come twice",
        "The sweep finds what no event told of; each record once",
        lost_messages,
    ),
)  # fmt: skip


@contextlib.contextmanager
def _slow_fsync() -> Iterator[list[int]]:
    """Every fsync of this process takes long; gives the files that were written."""
    real, written = os.fsync, []

    def slow(descriptor: int) -> None:
        time.sleep(_FSYNC_SECONDS)
        written.append(descriptor)
        real(descriptor)

    os.fsync = slow
    try:
        yield written
    finally:
        os.fsync = real


@contextlib.contextmanager
def _no_room(most_bytes: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes: the kernel refuses, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
