"""Buffers become batches; progress is what is committed, whoever reads on."""

import errno
import json
import os
from datetime import datetime, timedelta

import pytest

from sentinel.contracts import contract
from sentinel.errors import SentinelError
from sentinel.lake import Lake
from sentinel.ledger import Extract, Ledger, LedgerEntry
from sentinel.transform import Tokeniser
from streaming_ingest.delivery import MAPPING, Buffering, Delivery, committed_sequences
from streaming_ingest.local_stream import LocalStream
from streaming_ingest.streams import Outgoing
from tests.support.events import START, transaction

TRANSACTIONS = contract("transactions")


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = START + timedelta(days=1)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stream(tmp_path, clock) -> LocalStream:
    return LocalStream(tmp_path / "streams" / "payments", clock=clock)


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def produce(stream: LocalStream, *names: str) -> None:
    stream.send([Outgoing("k", json.dumps(transaction(n), default=str).encode()) for n in names])


def delivery(lake: Lake, stream: LocalStream, clock: Clock, **buffering) -> Delivery:
    return Delivery(lake, TRANSACTIONS, stream, Tokeniser(b"key"), Buffering(**buffering), clock)


def counts(lake: Lake) -> list[int]:
    return [entry.delivered_row_count for entry in Ledger(lake).entries("transactions")]


def test_a_buffer_is_delivered_when_it_is_old_enough(lake, stream, clock):
    deliveries = delivery(lake, stream, clock, seconds=5)
    produce(stream, "t1", "t2")
    assert deliveries.poll() == []
    assert deliveries.buffered_count == 2
    clock.passes(4.9)
    assert deliveries.poll() == []
    clock.passes(0.1)
    (batch,) = deliveries.poll()
    assert batch.delivered.delivered_row_count == len(batch.arrivals) == 2
    assert deliveries.buffered_count == 0


def test_a_buffer_is_delivered_when_it_is_full(lake, stream, clock):
    produce(stream, *(f"t{number}" for number in range(7)))
    batches = delivery(lake, stream, clock, records=3).poll()
    assert [batch.delivered.delivered_row_count for batch in batches] == [3, 3]
    small = delivery(lake, stream, clock, size_bytes=1).poll()
    assert [batch.delivered.delivered_row_count for batch in small] == [1]


def test_who_starts_again_goes_on_after_the_last_commit(lake, stream, clock):
    produce(stream, "t1", "t2", "t3")
    first = delivery(lake, stream, clock, records=2)
    first.poll()  # two are delivered, the third is buffered and dies with its process
    assert first.buffered_count == 1
    produce(stream, "t4")
    again = delivery(lake, stream, clock)
    again.poll()
    (batch,) = again.flush()
    assert batch.delivered.delivered_row_count == 2
    assert counts(lake) == [2, 2]


def test_two_deliverers_by_mistake_deliver_every_record_once(lake, stream, clock):
    produce(stream, *(f"t{number}" for number in range(6)))
    one, two = delivery(lake, stream, clock), delivery(lake, stream, clock)
    one.poll()
    produce(stream, *(f"t{number}" for number in range(6, 9)))
    two.poll()  # has read further, from the same place
    assert len(two.flush()) == 1
    assert one.flush() == []  # finds its batch taken, with other content
    one.poll()
    assert one.flush() == []  # and goes on where the other ended
    produce(stream, "t9")
    one.poll()
    one.flush()
    assert sorted(counts(lake)) == [1, 9]


def test_a_record_is_stamped_with_its_arrival_however_late_it_is_read(lake, stream, clock):
    produce(stream, "t1")
    arrived = clock()
    clock.passes(3600)
    deliveries = delivery(lake, stream, clock, seconds=0)
    (batch,) = deliveries.poll()
    assert batch.arrivals == [arrived]


def test_bad_records_are_counted_and_delay_nothing(lake, stream, clock):
    stream.send([Outgoing("k", b'{"transaction_id": ')])
    produce(stream, "t1")
    (batch,) = delivery(lake, stream, clock, seconds=0).poll()
    assert batch.delivered.delivered_row_count == batch.delivered.quarantined_row_count == 1
    (entry,) = Ledger(lake).entries("transactions")
    assert entry.produced_row_count == 2


def test_what_cannot_be_written_is_delivered_once_it_can(lake, stream, clock, monkeypatch):
    produce(stream, "t1", "t2")
    deliveries = delivery(lake, stream, clock, seconds=0)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(SentinelError, match=r"No space left.*Make room"):
            deliveries.poll()
    assert counts(lake) == []
    assert deliveries.buffered_count == 2
    produce(stream, "t3")
    deliveries.poll()
    assert counts(lake) == [3]


def commit(lake: Lake, batch_id: str, origin: str, cursor: str, mapping: str = MAPPING) -> None:
    """A ledger entry as a delivery from a stream, or something else, leaves it."""
    extract = Extract(mapping=mapping, mapping_hash="", feed="transactions", origin=origin,
                      resume_cursor=cursor)  # fmt: skip
    Ledger(lake).commit(
        LedgerEntry(
            batch_id=batch_id, dataset="transactions", source="test", schema_version=1,
            produced_row_count=0, delivered_row_count=0, quarantined_row_count=0,
            min_event_at=None, max_event_at=None, checksum=batch_id, delivered_at=START, files=(),
            extract=extract,
        )
    )  # fmt: skip


def test_progress_is_that_of_each_shards_last_batch_among_all_others(lake):
    short, long = "9" * 20, "1" + "0" * 20  # the longer number is the later one
    for batch_id, origin, cursor in [
        (f"transactions-payments-0-{short}", "payments/0", short),
        (f"transactions-payments-0-{long}", "payments/0", "2" * 21),
        (f"transactions-payments-shardId-1-{7:0>20}", "payments/shardId-1", "8"),
        (f"transactions-payments-eu-0-{5:0>20}", "payments-eu/0", "6"),
        (f"transactions-others-0-{9:0>20}", "others/0", "9"),
    ]:
        commit(lake, batch_id, origin, cursor)
    commit(lake, f"transactions-payments-0-{'9' * 22}", "payments/0", "9" * 23, "another mapping")
    commit(lake, "transactions-replay-000003", "payments/0", "9" * 24)
    assert committed_sequences(lake, "transactions", "payments") == {
        "0": "2" * 21, "shardId-1": "8",
    }  # fmt: skip
    assert committed_sequences(lake, "transactions", "payments-eu") == {"0": "6"}
    assert committed_sequences(lake, "transactions", "nothing") == {}


def test_progress_is_read_from_one_batch_of_a_shard_however_many_there_are(lake, monkeypatch):
    for number in range(50):
        commit(lake, f"transactions-payments-0-{number:0>20}", "payments/0", str(number))
    read, paths = Lake.read, []
    monkeypatch.setattr(Lake, "read", lambda self, path: paths.append(path) or read(self, path))
    assert committed_sequences(lake, "transactions", "payments") == {"0": "49"}
    assert len(paths) == 1
