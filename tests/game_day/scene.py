"""A stream with its producer and its delivery, and the sum at the end.

Belongs here: putting the real parts together on a folder or on the local AWS, and counting. Does
not belong here: faults.
"""

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sentinel.contracts import contract
from sentinel.lake import RAW, Lake
from sentinel.ledger import Ledger, utc_now
from sentinel.transform import Tokeniser
from streaming_ingest.delivery import Buffering, Delivery
from streaming_ingest.kinesis import KinesisReader, KinesisWriter
from streaming_ingest.local_stream import LocalStream
from streaming_ingest.producers import CircuitBreaker, Producer, Retrying, Spool
from tests.support.aws_server import REGION, AwsServer
from tests.support.lake_rows import delivered_rows, produced_count, quarantined_rows

DATASET = "transactions"
BUFFERING = Buffering(records=50, seconds=0.05)
_EVERY_BAD = 7
_KEYS = 5
_DRAINED_SECONDS = 30


@dataclass
class Scene:
    """Where records go through.

    Attributes:
        folder: of its own.
        accepted: names of the records that the producer took and made safe, in order.
    """

    folder: Path
    lake: Lake
    writer: Any
    reader: Any
    accepted: list[str] = field(default_factory=list)

    def producer(self, **more: Any) -> Producer:
        """A producer that waits shorter than usual; its spool is the scene's."""
        options: dict[str, Any] = {
            "linger_seconds": None, "put_timeout_seconds": 10.0,
            "retrying": Retrying(first_seconds=0.01, most_seconds=0.1),
            "breaker": CircuitBreaker(open_seconds=0.2), **more,
        }  # fmt: skip
        return Producer(self.writer, Spool(self.folder / "spool"), **options)

    def produce(self, count: int, producer: Producer | None = None) -> None:
        """Puts new records; they are accepted once they are safe. Every seventh is a bad one.

        Raises:
            StreamError: when they could be made safe nowhere; then none of them is accepted.
        """
        run = uuid.uuid4().hex[:8]
        names = [f"{run}-{number}" for number in range(count)]
        own = producer or self.producer()
        try:
            for number, name in enumerate(names):
                own.put(f"k{number % _KEYS}", record(name))
            own.flush()
            self.accepted += names
        finally:
            if producer is None:
                own.close()

    def delivery(self, clock: Callable[[], datetime] = utc_now) -> Delivery:
        """The delivery, from where the ledger says that the last one ended."""
        return Delivery(
            self.lake, contract(DATASET), self.reader, Tokeniser(b"key"), BUFFERING, clock
        )

    def deliver(self, delivery: Delivery | None = None) -> None:
        """Delivers everything that is in the stream."""
        delivery = delivery or self.delivery()
        delivery.poll()
        delivery.flush()

    def nothing_is_lost_and_nothing_is_there_twice(self) -> None:
        """What was accepted is delivered or in quarantine, once; produced is the sum of both."""
        good = {name for name in self.accepted if not is_bad(name)}
        delivered = Counter(row["transaction_id"] for row in delivered_rows(self.lake, DATASET))
        assert set(delivered) == good, "records are missing, or there that nobody sent"
        assert set(delivered.values()) <= {1}, "records are there twice"
        rejected = quarantined_rows(self.lake, DATASET)
        assert len(rejected) == len(self.accepted) - len(good), "rejected records do not add up"
        assert produced_count(self.lake, DATASET) == len(self.accepted), (
            "the ledger does not add up"
        )
        named = {file.path for entry in Ledger(self.lake).entries() for file in entry.files}
        assert named <= set(self.lake.list(RAW)), "the ledger names files that are not there"


def drained(producer: Producer) -> None:
    """Waits until the circuit is closed and everything that was spooled is sent."""
    give_up_at = time.monotonic() + _DRAINED_SECONDS
    while not producer.drain():
        assert time.monotonic() < give_up_at, "what was spooled is not sent although it could be"
        time.sleep(0.05)


def in_folder(folder: Path, clock: Callable[[], datetime] = utc_now) -> Scene:
    """A stream and a lake in a folder."""
    stream = LocalStream(folder / "stream", clock)
    return Scene(folder, Lake(str(folder / "lake")), stream, stream)


def on_aws(folder: Path, server: AwsServer) -> Scene:
    """A stream in Kinesis and a lake on S3, of two shards and of its own."""
    name = f"game-day-{uuid.uuid4().hex[:12]}"
    kinesis, s3 = server.client("kinesis"), server.client("s3")
    kinesis.create_stream(StreamName=name, ShardCount=2)
    kinesis.get_waiter("stream_exists").wait(StreamName=name)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return Scene(
        folder,
        Lake(f"s3://{name}/lake", server.options),
        KinesisWriter(name, server.client("kinesis")),
        KinesisReader(name, server.client("kinesis")),
    )


def record(name: str) -> bytes:
    """A payment; a bad one has an amount that no payment has."""
    return json.dumps(
        {
            "transaction_id": name, "transaction_at": "2024-03-01T10:00:00Z",
            "customer_id": "c", "terminal_id": "m", "amount": -1 if is_bad(name) else 1,
        }
    ).encode()  # fmt: skip


def is_bad(name: str) -> bool:
    """Whether a record belongs into quarantine."""
    return int(name.rpartition("-")[2]) % _EVERY_BAD == 0
