"""The delivery from Kinesis to S3 killed at random: nothing is lost, nothing is there twice.

`SENTINEL_SOAK_ROUNDS` sets how often it is killed (`make soak`).
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sentinel.lake import RAW, Lake
from sentinel.ledger import Ledger
from streaming_ingest.kinesis import KinesisReader, KinesisWriter
from streaming_ingest.streams import Outgoing
from tests.support.aws_server import REGION, AwsServer, aws_server
from tests.support.firehose_place import CREDENTIALS
from tests.support.lake_rows import delivered_rows, produced_count, quarantined_rows

ROUNDS = int(os.environ.get("SENTINEL_SOAK_ROUNDS", "8"))
# The server's Kinesis gets slower with the records of a shard, so a stream lives for a few rounds.
ROUNDS_A_STREAM = 4
SHARDS = 3
KEYS = 40
_DELIVER = """
import sys, time
from sentinel.contracts import contract
from sentinel.lake_access import open_lake
from sentinel.logging import configure_logging
from sentinel.settings import Settings
from sentinel.transform import Tokeniser
from streaming_ingest.aws import client
from streaming_ingest.delivery import Buffering, Delivery
from streaming_ingest.kinesis import KinesisReader
settings = Settings.load()
configure_logging(settings)
delivery = Delivery(
    open_lake(settings), contract("transactions"),
    KinesisReader(sys.argv[1], client("kinesis", settings)), Tokeniser(b"key"),
    Buffering(records=int(sys.argv[2]), seconds=0.05),
)
print("ready", flush=True)
quiet_since = time.monotonic()
while len(sys.argv) < 4 or time.monotonic() - quiet_since < 2:
    if delivery.poll() or delivery.buffered_count:
        quiet_since = time.monotonic()
"""


class Producer(threading.Thread):
    """Puts records into a stream until it is told to stop; `sent` is what was acknowledged."""

    def __init__(self, writer: KinesisWriter, name: str) -> None:
        super().__init__()
        self._writer, self._name, self._stopped = writer, name, threading.Event()
        self.sent: list[str] = []

    def run(self) -> None:
        while not self._stopped.wait(0.02):
            first = len(self.sent)
            names = [f"{self._name}-{number}" for number in range(first, first + 10)]
            said = self._writer.send(
                [Outgoing(f"k{(first + place) % KEYS}", record(n)) for place, n in enumerate(names)]
            )
            assert said.errors == (None,) * len(names)
            self.sent += names

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def record(name: str) -> bytes:
    number = int(name.rpartition("-")[2])
    return json.dumps(
        {
            "transaction_id": name, "transaction_at": f"2024-03-0{1 + number % 3}T10:00:00Z",
            "customer_id": "c", "terminal_id": "m", "amount": -1 if name.endswith("7") else 1,
        }
    ).encode()  # fmt: skip


@contextmanager
def delivering(
    server: AwsServer, stream: str, *arguments: object
) -> Iterator[subprocess.Popen[str]]:
    """A process that delivers, ready to; it does not outlive the block."""
    environment = os.environ | CREDENTIALS | {
        "SENTINEL_ENVIRONMENT": "aws_local", "SENTINEL_LAKE_URL": "s3://killed/lake",
        "SENTINEL_AWS_ENDPOINT_URL": server.address,
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", _DELIVER, stream, *map(str, arguments)], env=environment,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def server() -> Iterator[AwsServer]:
    with aws_server() as running:
        where = {"LocationConstraint": REGION}
        running.client("s3").create_bucket(Bucket="killed", CreateBucketConfiguration=where)
        yield running


def lake_of(server: AwsServer) -> Lake:
    options = {
        "endpoint_url": server.address, "region_name": REGION,
        "aws_access_key_id": "test", "aws_secret_access_key": "test",
    }  # fmt: skip
    return Lake("s3://killed/lake", options)


def taken_from(server: AwsServer, stream: str) -> list[str]:
    """What the stream holds, in the order of each shard."""
    reader, found = KinesisReader(stream, server.client("kinesis")), []
    for shard in reader.shards():
        after = None
        while records := reader.read(shard, after, 10_000):
            found += [json.loads(one.data)["transaction_id"] for one in records]
            after = records[-1].sequence
    return found


def test_killed_at_random_nothing_is_lost_and_nothing_is_there_twice(server: AwsServer) -> None:
    chance = random.Random(29)
    kinesis = server.client("kinesis")
    taken: list[str] = []
    killed_at: Counter[int] = Counter()
    for first in range(0, ROUNDS, ROUNDS_A_STREAM):
        stream = f"killed-{first}"
        kinesis.create_stream(StreamName=stream, ShardCount=SHARDS)
        for number in range(first, min(first + ROUNDS_A_STREAM, ROUNDS)):
            producer = Producer(KinesisWriter(stream, server.client("kinesis")), f"run{number}")
            producer.start()
            try:
                # Cut elsewhere every time: a batch of the same start has other ends.
                with delivering(server, stream, chance.choice((7, 30, 1_000))) as process:
                    time.sleep(chance.random())
                    assert process.poll() is None, "ended by itself"
                    process.send_signal(signal.SIGKILL)
                    process.wait()
            finally:
                producer.stop()
            killed_at[len(lake_of(server).list("ledger"))] += 1
        with delivering(server, stream, 500, "to the end") as process:
            assert process.wait(120) == 0
        held = taken_from(server, stream)
        assert len(set(held)) == len(held) > 100
        taken += held
        kinesis.delete_stream(StreamName=stream)
    assert len(killed_at) > 1, "it was never killed between two commits"

    lake = lake_of(server)
    delivered = Counter(row["transaction_id"] for row in delivered_rows(lake, "transactions"))
    good = {name for name in taken if not name.endswith("7")}
    assert set(delivered) == good
    assert set(delivered.values()) == {1}
    rejected = quarantined_rows(lake, "transactions")
    assert len(rejected) == len(taken) - len(good)
    assert len({row["payload"] for row in rejected}) == len(rejected)
    assert produced_count(lake, "transactions") == len(taken)
    entries = list(Ledger(lake).entries())
    assert {entry.extract.origin.rpartition("-")[2] for entry in entries} == {
        f"{shard:012d}" for shard in range(SHARDS)
    }
    # What interrupted attempts left behind is in no entry; what is in one is there.
    assert {file.path for entry in entries for file in entry.files} <= set(lake.list(RAW))
