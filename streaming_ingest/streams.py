"""What a stream is: ordered records in shards, read again at will.

Belongs here: the types and the two protocols that producers and delivery share. Does not belong
here: a stream of a particular kind; see `local_stream` and `kinesis`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from sentinel.errors import SentinelError

THROTTLED = frozenset(
    {
        "KMSThrottlingException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailableException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""Error codes by which a service asks for less: it is there."""


class StreamError(SentinelError):
    """A stream is missing, damaged or does not answer."""


@dataclass(frozen=True)
class Outgoing:
    """A record to be sent: its bytes, and the key within which order is kept."""

    key: str
    data: bytes


@dataclass(frozen=True)
class Sent:
    """What a stream said to one call: for each record its error code, or None where it took it."""

    errors: tuple[str | None, ...]


class StreamRecord(NamedTuple):
    """One record as a stream hands it over. A tuple: made a million times, ten times cheaper.

    Attributes:
        data: its bytes, a JSON object if nothing went wrong.
        sequence: its place in its shard, as text; what is passed to `read` to go on after it.
        arrived_at: UTC time at which the stream took it, which becomes its time of ingestion; it
            belongs to the record, so reading the record again stamps it the same.
    """

    data: bytes
    sequence: str
    arrived_at: datetime


class StreamWriter(Protocol):
    """Takes records in calls whose size is limited.

    Attributes:
        name: of the stream.
        most_records: records that one call may carry.
        most_bytes: bytes that one call may carry, keys included.
        most_record_bytes: bytes of one record, key included.
    """

    name: str
    most_records: int
    most_bytes: int
    most_record_bytes: int

    def send(self, records: Sequence[Outgoing]) -> Sent:
        """Sends one call's worth; raises StreamError when the whole call failed."""


class StreamReader(Protocol):
    """Hands records over by shard, in order, from any place."""

    name: str

    def shards(self) -> tuple[str, ...]:
        """The shards there are now."""

    def read(self, shard: str, after: str | None, most: int) -> Sequence[StreamRecord]:
        """At most so many records after a sequence (None: from the oldest); none if none came."""
