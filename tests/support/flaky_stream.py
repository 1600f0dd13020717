"""A stream that fails as it is told, and a clock that only moves when somebody sleeps.

Belongs here: stand-ins for a service and for time, for tests of producers. Does not belong here:
faults put between a client and a server; see `aws_server`.
"""

from collections.abc import Callable, Sequence

from streaming_ingest.streams import Outgoing, Sent, StreamError

Answer = Callable[[Sequence[Outgoing]], Sequence[str | None]]
THROTTLE = "ProvisionedThroughputExceededException"


class FakeTime:
    """Monotonic seconds that pass only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.naps: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0, "a loop that does not let time pass"
        self.naps.append(seconds)
        self.now += seconds


class FlakyStream:
    """Takes records as Kinesis does: each call some of them, or none and an error.

    Attributes:
        taken: records acknowledged, in order.
        calls: size of each call.
        answer: error code of each record of a call, or raises StreamError; None takes everything.
    """

    name = "flaky"

    def __init__(
        self, most_records: int = 5, most_bytes: int = 10_000, most_record_bytes: int = 1_000
    ) -> None:
        self.most_records, self.most_bytes = most_records, most_bytes
        self.most_record_bytes = most_record_bytes
        self.taken: list[Outgoing] = []
        self.calls: list[int] = []
        self.answer: Answer | None = None

    def send(self, records: Sequence[Outgoing]) -> Sent:
        assert 0 < len(records) <= self.most_records
        size = sum(len(record.data) + len(record.key.encode()) for record in records)
        assert size <= self.most_bytes
        self.calls.append(len(records))
        errors = self.answer(records) if self.answer else [None] * len(records)
        self.taken += [one for one, error in zip(records, errors, strict=True) if error is None]
        return Sent(tuple(errors))

    def by_key(self) -> dict[str, list[bytes]]:
        """What was taken, in order, by key."""
        found: dict[str, list[bytes]] = {}
        for record in self.taken:
            found.setdefault(record.key, []).append(record.data)
        return found


def down(_records: Sequence[Outgoing]) -> Sequence[str | None]:
    """The service does not answer."""
    raise StreamError("the stream does not answer")


def throttling(records: Sequence[Outgoing]) -> Sequence[str | None]:
    """The service takes nothing and asks for less."""
    return [THROTTLE] * len(records)
