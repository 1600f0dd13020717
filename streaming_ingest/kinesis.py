"""Kinesis Data Streams as a stream: writing by PutRecords, reading shard by shard.

Belongs here: the service's limits, its error codes and how shards follow one another. Does not
belong here: sending again what it refused; the producer does that.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import Any

import structlog
import tenacity
from botocore.exceptions import BotoCoreError, ClientError

from streaming_ingest.aws import error_code, failed_call, is_throttling
from streaming_ingest.streams import Outgoing, Sent, StreamError, StreamRecord

MOST_RECORDS = 500
MOST_BYTES = 5 * 2**20
MOST_RECORD_BYTES = 2**20
_MOST_PER_READ = 10_000
_MOST_EMPTY_READS = 20
_READ_ATTEMPTS = 10
_RELIST_SECONDS = 10.0

log = structlog.get_logger(__name__)


class KinesisWriter:
    """Sends to one Kinesis stream.

    Args:
        name: of the stream.
        client: boto3's `kinesis` client.
    """

    most_records, most_bytes, most_record_bytes = MOST_RECORDS, MOST_BYTES, MOST_RECORD_BYTES

    def __init__(self, name: str, client: Any) -> None:
        self.name, self._client = name, client

    def send(self, records: Sequence[Outgoing]) -> Sent:
        """Sends one call's worth; a key is the partition key, an empty one becomes `-`.

        Raises:
            StreamError: when the call failed as a whole; whether it was taken is not known.
        """
        entries = [{"PartitionKey": one.key or "-", "Data": one.data} for one in records]
        try:
            said = self._client.put_records(StreamName=self.name, Records=entries)
        except (BotoCoreError, ClientError) as error:
            return failed_call(self.name, error, len(records))
        return Sent(tuple(one.get("ErrorCode") for one in said["Records"]))


@dataclass(frozen=True)
class _Place:
    """Where a shard is being read: after this sequence, by this iterator (None: at its end)."""

    after: str | None
    iterator: str | None


class KinesisReader:
    """Reads one Kinesis stream.

    A shard made by splitting or merging others is handed over when those have been read to their
    end by this reader, or are no longer kept by the service.

    Args:
        name: of the stream.
        client: boto3's `kinesis` client.
        sleep: waits so many seconds; between calls that are refused for their frequency.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        name: str,
        client: Any,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self._client, self._clock = name, client, clock
        self._places: dict[str, _Place] = {}
        self._listed: dict[str, tuple[str, ...]] = {}
        self._listed_at: float | None = None
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(is_throttling),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=10),
            stop=tenacity.stop_after_attempt(_READ_ATTEMPTS),
            sleep=sleep,
            reraise=True,
        )

    def shards(self) -> tuple[str, ...]:
        """The shards that may be read now, parents before their children.

        Raises:
            StreamError: when the stream does not exist or does not answer.
        """
        is_old = self._listed_at is None or self._clock() - self._listed_at >= _RELIST_SECONDS
        if is_old:
            self._listed = self._list()
            self._listed_at = self._clock()
        return tuple(
            shard
            for shard, parents in self._listed.items()
            if all(self._is_exhausted(parent) for parent in parents if parent in self._listed)
        )

    def read(self, shard: str, after: str | None, most: int) -> list[StreamRecord]:
        """At most so many records after a sequence; none if none came.

        The service begins at its oldest record when the one named is no longer kept: a reader
        that is further behind than the stream's retention misses what was between.

        Raises:
            StreamError: when the shard does not exist or the service does not answer.
        """
        place = self._places.get(shard)
        if place is None or place.after != after:
            place = _Place(after, self._iterator(shard, after))
        for _ in range(_MOST_EMPTY_READS):
            if place.iterator is None:
                return []
            said = self._get_records(shard, place, min(most, _MOST_PER_READ))
            records = [_record(one) for one in said["Records"]]
            last = records[-1].sequence if records else place.after
            place = _Place(last, said.get("NextShardIterator"))
            self._places[shard] = place
            if place.iterator is None:
                self._listed_at = None  # its children may be read from now on
            if records:
                return records
            # An empty answer says nothing while older records are still to come.
            if said.get("MillisBehindLatest", 0) == 0:
                return []
        return []

    def _is_exhausted(self, shard: str) -> bool:
        place = self._places.get(shard)
        return place is not None and place.iterator is None

    def _list(self) -> dict[str, tuple[str, ...]]:
        """The parents of each shard, parents first."""

        def pages() -> list[dict[str, Any]]:
            found = self._client.get_paginator("list_shards").paginate(StreamName=self.name)
            return [shard for page in found for shard in page["Shards"]]

        parents = {
            shard["ShardId"]: tuple(
                shard[field]
                for field in ("ParentShardId", "AdjacentParentShardId")
                if field in shard
            )
            for shard in self._call("its shards cannot be listed", pages)
        }
        return dict(sorted(parents.items()))  # ids are given in the order in which shards are made

    def _iterator(self, shard: str, after: str | None) -> str:
        where: dict[str, str] = (
            {"ShardIteratorType": "TRIM_HORIZON"}
            if after is None
            else {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "StartingSequenceNumber": after,
            }
        )
        said = self._call(
            f"shard {shard} cannot be read after {after or 'its oldest record'}",
            lambda: self._client.get_shard_iterator(StreamName=self.name, ShardId=shard, **where),
        )
        return str(said["ShardIterator"])

    def _get_records(self, shard: str, place: _Place, most: int) -> dict[str, Any]:
        iterator = place.iterator
        for _ in range(2):
            try:
                said: dict[str, Any] = self._call(
                    f"shard {shard} cannot be read",
                    partial(self._client.get_records, ShardIterator=iterator, Limit=most),
                )
                return said
            except _ExpiredError:
                log.info("iterator expired", stream=self.name, shard=shard)
                iterator = self._iterator(shard, place.after)
        raise StreamError(
            f"stream {self.name}: iterators of shard {shard} expire before they are used; the "
            "clocks of this machine and of the service differ, or calls take minutes."
        )

    def _call(self, what: str, call: Callable[[], Any]) -> Any:
        try:
            return self._retrying(call)
        except ClientError as error:
            if error_code(error) == "ExpiredIteratorException":
                raise _ExpiredError from error
            raise StreamError(f"stream {self.name}: {what} ({error}).") from error
        except BotoCoreError as error:
            raise StreamError(f"stream {self.name}: {what} ({error}).") from error


class _ExpiredError(Exception):
    """An iterator lives for five minutes."""


def _record(one: dict[str, Any]) -> StreamRecord:
    arrived = one["ApproximateArrivalTimestamp"].astimezone(UTC).replace(tzinfo=None)
    return StreamRecord(one["Data"], one["SequenceNumber"], arrived)
