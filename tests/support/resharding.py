"""Shards that are split and merged as Kinesis does it, on the API server of the tests.

Belongs here: what that server does differently, put right in it. Does not belong here: what a test
splits. Of itself it moves the records of a split shard, copies those of merged ones, goes on
writing to closed shards, and never comes to their end. Kinesis leaves records where they were,
writes to open shards, and says at the end of a closed one that there is no next iterator.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import md5
from typing import Any
from unittest import mock

from moto.kinesis.models import KinesisBackend, Shard, Stream
from moto.kinesis.utils import decompose_shard_iterator


@contextmanager
def resharding_as_in_kinesis() -> Iterator[None]:
    """Servers of this process split and merge as the service does."""

    def keeping(change: Callable[..., None], count: int) -> Callable[..., None]:
        def changed(stream: Stream, *arguments: str) -> None:
            shards = [stream.shards[name] for name in arguments[:count]]
            held = [shard.records for shard in shards]
            for shard in shards:
                shard.records = OrderedDict()
            change(stream, *arguments)
            for shard, records in zip(shards, held, strict=True):
                shard.records = records

        return changed

    def open_shard(stream: Stream, partition_key: str, explicit_hash_key: str) -> Shard:
        number = explicit_hash_key or md5(partition_key.encode()).hexdigest()
        key = int(number, 10 if explicit_hash_key else 16)
        (found,) = (
            shard
            for shard in stream.shards.values()
            if shard.is_open and shard.starting_hash <= key <= shard.ending_hash
        )
        return found

    read = KinesisBackend.get_records

    def ending(backend: KinesisBackend, stream_arn: Any, shard_iterator: str, limit: Any) -> Any:
        iterator, records, behind = read(backend, stream_arn, shard_iterator, limit)
        name, shard_id, _ = decompose_shard_iterator(shard_iterator)
        shard = backend.describe_stream(stream_arn=stream_arn, stream_name=name).get_shard(shard_id)
        _, _, position = decompose_shard_iterator(iterator)
        is_at_end = int(position) >= shard.get_max_sequence_number()
        return (None if is_at_end and not shard.is_open else iterator), records, behind

    with (
        mock.patch.object(Stream, "split_shard", keeping(Stream.split_shard, 1)),
        mock.patch.object(Stream, "merge_shards", keeping(Stream.merge_shards, 2)),
        mock.patch.object(Stream, "get_shard_for_key", open_shard),
        mock.patch.object(KinesisBackend, "get_records", ending),
    ):
        yield


def open_shards(client: Any, stream: str) -> list[dict[str, Any]]:
    """Shards that take records, in the order of their keys' hashes."""
    shards = client.list_shards(StreamName=stream)["Shards"]
    return sorted(
        (one for one in shards if "EndingSequenceNumber" not in one["SequenceNumberRange"]),
        key=_first_hash,
    )


def split(client: Any, stream: str, shard: dict[str, Any]) -> None:
    """Splits a shard in the middle of its hashes."""
    last = int(shard["HashKeyRange"]["EndingHashKey"])
    client.split_shard(
        StreamName=stream, ShardToSplit=shard["ShardId"],
        NewStartingHashKey=str((_first_hash(shard) + last) // 2 + 1),
    )  # fmt: skip


def merge(client: Any, stream: str, one: dict[str, Any], next_one: dict[str, Any]) -> None:
    """Merges two shards whose hashes follow each other."""
    client.merge_shards(
        StreamName=stream, ShardToMerge=one["ShardId"], AdjacentShardToMerge=next_one["ShardId"]
    )


def _first_hash(shard: dict[str, Any]) -> int:
    return int(shard["HashKeyRange"]["StartingHashKey"])
