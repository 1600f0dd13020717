"""Shards that are split and merged: parents are read to their end before their children.

The API server of the integration tests goes on with a closed shard as if it were open, so the
service is stood in for here, as its documentation describes it. Deliveries across splits and
merges, on a server that is put right, are in `test_resharding`.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from streaming_ingest.kinesis import KinesisReader, KinesisWriter
from streaming_ingest.streams import Outgoing

ARRIVED = datetime(2026, 6, 1, 14, tzinfo=UTC)


class Service:
    """Kinesis with shards of given records; closed ones come to an end."""

    def __init__(self) -> None:
        self.parents: dict[str, tuple[str, ...]] = {}
        self.records: dict[str, list[int]] = {}
        self.closed: set[str] = set()
        self.empty_answers = 0
        self.calls: list[str] = []

    def add(self, shard: str, *numbers: int, parents: tuple[str, ...] = ()) -> None:
        self.parents[shard], self.records[shard] = parents, list(numbers)
        self.closed |= set(parents)

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_shards"
        return self

    def paginate(self, StreamName: str) -> list[dict[str, Any]]:
        self.calls.append("list_shards")
        fields = ("ParentShardId", "AdjacentParentShardId")
        shards = [
            {"ShardId": shard, **dict(zip(fields, parents, strict=False))}
            for shard, parents in reversed(self.parents.items())
        ]
        return [{"Shards": shards[:1]}, {"Shards": shards[1:]}]

    def get_shard_iterator(self, ShardId: str, **where: str) -> dict[str, str]:
        after = int(where.get("StartingSequenceNumber", -1))
        begin = sum(number <= after for number in self.records[ShardId])
        return {"ShardIterator": f"{ShardId}:{begin}"}

    def get_records(self, ShardIterator: str, Limit: int) -> dict[str, Any]:
        self.calls.append("get_records")
        shard, _, begin = ShardIterator.rpartition(":")
        if self.empty_answers:
            self.empty_answers -= 1
            return {"Records": [], "NextShardIterator": ShardIterator, "MillisBehindLatest": 900}
        end = min(int(begin) + Limit, len(self.records[shard]))
        is_at_end = end == len(self.records[shard])
        answer: dict[str, Any] = {
            "Records": [
                {
                    "Data": b"%d" % number,
                    "SequenceNumber": str(number),
                    "ApproximateArrivalTimestamp": ARRIVED,
                }
                for number in self.records[shard][int(begin) : end]
            ],
            "MillisBehindLatest": 0 if is_at_end else 900,
        }
        if not (is_at_end and shard in self.closed):
            answer["NextShardIterator"] = f"{shard}:{end}"
        return answer


@pytest.fixture
def service():
    return Service()


def reader(service: Service) -> KinesisReader:
    return KinesisReader("a-stream", service, clock=lambda: 0.0)


def read(one: KinesisReader, shard: str, after: int | None = None, most: int = 100) -> list[int]:
    found = one.read(shard, None if after is None else str(after), most)
    return [int(record.data) for record in found]


def test_children_wait_until_their_parent_is_read_to_its_end(service):
    service.add("s0", 1, 2, 3)
    service.add("s1", 11, parents=("s0",))
    service.add("s2", 12, parents=("s0",))
    one = reader(service)
    assert one.shards() == ("s0",)
    assert read(one, "s0", most=2) == [1, 2]
    assert one.shards() == ("s0",)
    assert read(one, "s0", after=2) == [3]
    assert one.shards() == ("s0", "s1", "s2")
    assert read(one, "s0", after=3) == []


def test_a_merged_shard_waits_for_both_parents(service):
    service.add("s0", 1)
    service.add("s1", 2)
    service.add("s2", 11, parents=("s0", "s1"))
    one = reader(service)
    assert one.shards() == ("s0", "s1")
    assert read(one, "s0") == [1]
    assert one.shards() == ("s0", "s1")
    assert read(one, "s1") == [2]
    assert one.shards() == ("s0", "s1", "s2")


def test_a_shard_is_not_waited_for_when_the_service_no_longer_keeps_it(service):
    service.add("s5", 1, parents=("s0",))
    assert reader(service).shards() == ("s5",)


def test_after_a_restart_the_end_of_a_parent_is_seen_again(service):
    service.add("s0", 1, 2)
    service.add("s1", 11, parents=("s0",))
    one = reader(service)
    assert one.shards() == ("s0",)
    assert read(one, "s0", after=2) == []
    assert one.shards() == ("s0", "s1")


def test_an_exhausted_shard_costs_no_call_and_can_still_be_read_again(service):
    service.add("s0", 1, 2)
    service.closed.add("s0")
    one = reader(service)
    assert read(one, "s0") == [1, 2]
    before = len(service.calls)
    assert read(one, "s0", after=2) == []
    assert len(service.calls) == before
    assert read(one, "s0", after=1) == [2]


def test_a_shard_split_later_is_noticed_when_it_ends(service):
    service.add("s0", 1)
    one = reader(service)
    assert one.shards() == ("s0",)
    assert read(one, "s0") == [1]
    service.add("s1", 11, parents=("s0",))
    assert read(one, "s0", after=1) == []
    assert one.shards() == ("s0", "s1")
    assert service.calls.count("list_shards") == 2, "shards are not listed at every look"


def test_an_empty_answer_before_the_end_is_not_taken_for_it(service):
    service.add("s0", 1)
    service.empty_answers = 3
    assert read(reader(service), "s0") == [1]


def test_arrival_is_told_in_utc_without_zone(service):
    service.add("s0", 1)
    (record,) = reader(service).read("s0", None, 10)
    assert record.arrived_at == datetime(2026, 6, 1, 14)
    assert record.sequence == "1"


def test_a_record_without_key_gets_one_that_the_service_takes():
    class Client:
        def put_records(self, StreamName, Records):
            assert [one["PartitionKey"] for one in Records] == ["-", "a"]
            return {"Records": [{"SequenceNumber": "1"}, {"ErrorCode": "InternalFailure"}]}

    sent = KinesisWriter("a-stream", Client()).send([Outgoing("", b"1"), Outgoing("a", b"2")])
    assert sent.errors == (None, "InternalFailure")
