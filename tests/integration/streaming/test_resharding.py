"""A stream whose shards are split and merged while deliverers come and go.

What the reader does with closed shards, call by call, is in `test_kinesis_shards`.
"""

import itertools
import json
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from sentinel.contracts import contract
from sentinel.lake import Lake
from sentinel.ledger import Ledger
from sentinel.transform import Tokeniser
from streaming_ingest.delivery import Buffering, Delivery
from streaming_ingest.kinesis import KinesisReader, KinesisWriter
from streaming_ingest.streams import Outgoing
from tests.support.aws_server import aws_server
from tests.support.lake_rows import delivered_rows, produced_count, quarantined_rows
from tests.support.resharding import merge, open_shards, resharding_as_in_kinesis, split

KEYS = 12
STEPS = {"split": 3, "merge": 4, "poll": 8, "flush": 4, "restart": 6}
TRANSACTIONS = contract("transactions")


@pytest.fixture(scope="module")
def kinesis() -> Iterator:
    with resharding_as_in_kinesis(), aws_server() as server:
        yield server.client("kinesis")


class Traffic:
    """Numbered records of a few keys; a record says the number it is of its key."""

    def __init__(self, client, stream: str) -> None:
        self._writer = KinesisWriter(stream, client)
        self.numbers: Counter[str] = Counter()
        self.bad_count = 0

    def put(self, chance: random.Random, count: int) -> None:
        for _ in range(count):
            key = f"c-{chance.randrange(KEYS)}"
            self.numbers[key] += 1
            is_bad = chance.random() < 0.1
            self.bad_count += is_bad
            row = {
                "transaction_id": f"{key}/{self.numbers[key]}", "customer_id": key,
                "transaction_at": "2024-03-01T10:00:00Z", "terminal_id": "m",
                "amount": "x" if is_bad else 1,
            }  # fmt: skip
            sent = self._writer.send([Outgoing(key, json.dumps(row).encode())])
            assert sent.errors == (None,)


def deliverer(
    lake: Lake, client, stream: str, chance: random.Random, seconds: Iterator[int]
) -> Delivery:
    # Shards are listed at every look, as after ten seconds.
    reader = KinesisReader(stream, client, clock=itertools.count(step=11).__next__)
    buffering = Buffering(records=chance.choice([3, 8, 100]), seconds=next(seconds))
    return Delivery(lake, TRANSACTIONS, reader, Tokeniser(b"key"), buffering)


def reshard(client, stream: str, chance: random.Random, step: str) -> str:
    shards = open_shards(client, stream)
    if step == "merge" and len(shards) > 1:
        at = chance.randrange(len(shards) - 1)
        merge(client, stream, shards[at], shards[at + 1])
        return "merge"
    split(client, stream, chance.choice(shards))
    return "split"


@pytest.mark.parametrize("seed", range(4))
def test_across_splits_and_merges_each_key_keeps_its_order_and_each_record_comes_once(
    kinesis, tmp_path, seed
):
    chance = random.Random(seed)
    stream, lake = f"resharded-{uuid.uuid4().hex}", Lake(str(tmp_path))
    kinesis.create_stream(StreamName=stream, ShardCount=2)
    traffic, done = Traffic(kinesis, stream), Counter()
    seconds = itertools.cycle([3600, 0, 3600])  # until a buffer that is not full is delivered
    delivery = deliverer(lake, kinesis, stream, chance, seconds)
    steps = chance.sample(list(STEPS), k=sum(STEPS.values()), counts=list(STEPS.values()))
    for step in steps:
        traffic.put(chance, chance.randrange(12))
        if step in ("split", "merge"):
            done[reshard(kinesis, stream, chance, step)] += 1
        elif step == "restart":  # what was read and not delivered is lost with the process
            delivery.poll()
            done["restarted, buffered" if delivery.buffered_count else "restarted"] += 1
            delivery = deliverer(lake, kinesis, stream, chance, seconds)
        else:
            delivery.poll()
            if step == "flush":
                delivery.flush()
    assert done["split"] and done["merge"], "nothing was re-sharded"
    assert done["restarted, buffered"], "no process took records with it"
    last = deliverer(lake, kinesis, stream, chance, seconds)
    for _ in range(12):  # one generation of shards ends at each look
        last.poll()
        last.flush()
    assert last.poll() == []

    rows = delivered_rows(lake, "transactions")
    rejected = quarantined_rows(lake, "transactions")
    total = sum(traffic.numbers.values())
    assert len(rejected) == traffic.bad_count > 0
    assert produced_count(lake, "transactions") == len(rows) + len(rejected) == total
    names = [row["transaction_id"] for row in rows]
    names += [json.loads(row["payload"])["transaction_id"] for row in rejected]
    put = [f"{key}/{n + 1}" for key, count in traffic.numbers.items() for n in range(count)]
    assert sorted(names) == sorted(put)
    # The order by which models know the latest version.
    rows.sort(key=lambda row: (row["_ingested_at"], row["_batch_id"], row["_position"]))
    by_key = defaultdict(list)
    for row in rows:
        key, _, number = row["transaction_id"].partition("/")
        by_key[key].append(int(number))
    assert all(numbers == sorted(numbers) for numbers in by_key.values())
    shards = {entry.extract.origin.rpartition("/")[2] for entry in Ledger(lake).entries()}
    assert len(shards) > 3, "no child was delivered"


def test_a_child_is_not_read_before_its_parents_end(kinesis, tmp_path):
    chance = random.Random(1)
    stream = f"resharded-{uuid.uuid4().hex}"
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    traffic = Traffic(kinesis, stream)
    traffic.put(chance, 9)
    (parent,) = open_shards(kinesis, stream)
    split(kinesis, stream, parent)
    traffic.put(chance, 9)
    reader = KinesisReader(stream, kinesis)
    assert reader.shards() == (parent["ShardId"],)
    first = reader.read(parent["ShardId"], None, 5)
    assert reader.shards() == (parent["ShardId"],)
    rest = reader.read(parent["ShardId"], first[-1].sequence, 100)
    assert len(first) + len(rest) == 9, "a split shard keeps its records"
    children = reader.shards()[1:]
    assert len(children) == 2
    assert sum(len(reader.read(child, None, 100)) for child in children) == 9
    one, other = open_shards(kinesis, stream)
    merge(kinesis, stream, one, other)
    traffic.put(chance, 4)
    again = KinesisReader(stream, kinesis)
    assert again.shards() == (parent["ShardId"],)
    assert again.read(parent["ShardId"], rest[-1].sequence, 100) == []
    assert again.shards() == (parent["ShardId"], *children)
    for child in children:
        again.read(child, None, 100)
    (*_, merged) = again.shards()
    assert merged not in (parent["ShardId"], *children)
    assert len(again.read(merged, None, 100)) == 4
