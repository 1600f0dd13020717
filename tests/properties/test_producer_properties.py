"""Any pattern of failures: order within a key holds, and what was acknowledged came once."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from streaming_ingest.producers import CircuitBreaker, Producer, Retrying, Spool
from streaming_ingest.streams import Outgoing, Sent, StreamError
from tests.support.flaky_stream import THROTTLE, FakeTime, FlakyStream

PUTS = st.tuples(st.just("put"), st.lists(st.sampled_from("abc"), min_size=1, max_size=12))
CALL = st.one_of(
    st.just("down"),
    st.just("lost"),
    st.lists(st.sampled_from([None, THROTTLE, "InternalFailure"]), min_size=4, max_size=4),
)
PATTERN = st.lists(st.tuples(CALL, st.integers(1, 6)), min_size=1, max_size=12).map(
    lambda runs: [call for call, count in runs for _ in range(count)]
)
OFTEN = settings(max_examples=2 * settings().max_examples)  # an example takes milliseconds
STEP = st.one_of(
    PUTS,
    PUTS,
    st.tuples(st.just("wait"), st.integers(1, 15)),
    st.tuples(st.just("flush"), st.none()),
    st.tuples(st.just("drain"), st.none()),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("kill"), st.none()),
)


class PatternedStream(FlakyStream):
    """Fails by a pattern, then takes everything.

    Attributes:
        acknowledged: what the producer was told is taken.
        seen: everything that was stored, also by calls whose answer was lost.
    """

    def __init__(self, pattern: list) -> None:
        super().__init__(most_records=4)
        self._pattern = iter(pattern)
        self.acknowledged: list[Outgoing] = []
        self.seen: list[Outgoing] = []

    def send(self, records) -> Sent:
        call = next(self._pattern, None)
        if call == "down":
            raise StreamError("the stream does not answer")
        if call == "lost":
            self.seen += records
            raise StreamError("the answer was lost")
        self.answer = (lambda sent: call[: len(sent)]) if call else None
        before = len(self.taken)
        sent = super().send(records)
        self.acknowledged += self.taken[before:]
        self.seen += self.taken[before:]
        return sent


def producer_for(stream: PatternedStream, folder: Path, time: FakeTime, is_atomic: bool):
    return Producer(
        stream,
        Spool(folder, segment_bytes=60),
        is_atomic=is_atomic,
        linger_seconds=None,
        most_waiting_records=12,
        put_timeout_seconds=1e9,
        retrying=Retrying(first_seconds=0.5, most_seconds=4, most_attempts=4),
        breaker=CircuitBreaker(most_failures=2, open_seconds=10, clock=time.clock),
        clock=time.clock,
        sleep=time.sleep,
        uniform=lambda low, high: (low + high) / 2,
    )


def play(steps: list, pattern: list, is_atomic: bool = False):
    """Plays the steps, then lets the service answer until nothing is left."""
    stream, time = PatternedStream(pattern), FakeTime()
    put: list[Outgoing] = []
    durable = 0
    lost: set[bytes] = set()
    with tempfile.TemporaryDirectory() as name:
        producer = producer_for(stream, Path(name), time, is_atomic)
        for what, value in steps:
            if what == "put":
                for key in value:
                    record = Outgoing(key, b"%d" % len(put))
                    producer.put(record.key, record.data)
                    put.append(record)
            elif what == "wait":
                time.now += value
            elif what == "flush":
                producer.flush()
                durable = len(put)
            elif what == "drain":
                producer.drain()
            elif what == "restart":
                producer.close()
                durable = len(put)
                producer = producer_for(stream, Path(name), time, is_atomic)
            else:
                producer._spool.close()  # as the operating system does; nothing else happens
                lost |= {record.data for record in put[durable:]}
                producer = producer_for(stream, Path(name), time, is_atomic)
                durable = len(put)
        producer.flush()
        while not producer.drain():
            time.now += 10
        counters = producer.counters
        producer.close()
        assert [path.name for path in Path(name).iterdir()] == [".lock"]
    return put, stream, lost, counters


def first_times(records: list[Outgoing]) -> dict[str, list[int]]:
    """Numbers by key in the order in which each was first seen."""
    found: dict[str, list[int]] = {}
    for record in records:
        numbers = found.setdefault(record.key, [])
        if int(record.data) not in numbers:
            numbers.append(int(record.data))
    return found


@OFTEN
@given(st.lists(STEP, min_size=1, max_size=25), PATTERN)
def test_nothing_acknowledged_is_lost_or_doubled_and_keys_keep_their_order(steps, pattern):
    put, stream, lost, _ = play(steps, pattern)

    acknowledged = [record.data for record in stream.acknowledged]
    assert len(acknowledged) == len(set(acknowledged)), "an acknowledged record was sent again"
    missing = {record.data for record in put} - set(acknowledged)
    assert missing <= lost, "a durable record is missing"
    for numbers in first_times(stream.acknowledged).values():
        assert numbers == sorted(numbers)
    for numbers in first_times(stream.seen).values():
        assert numbers == sorted(numbers), "a later record was stored before an earlier one"


@OFTEN
@given(
    st.lists(STEP, min_size=1, max_size=25),
    PATTERN.map(lambda calls: [call if isinstance(call, str) else None for call in calls]),
)
def test_streams_that_take_calls_whole_get_several_records_of_a_key_at_once(steps, pattern):
    put, stream, lost, _ = play(steps, pattern, is_atomic=True)

    acknowledged = [record.data for record in stream.acknowledged]
    assert len(acknowledged) == len(set(acknowledged))
    assert {record.data for record in put} - set(acknowledged) <= lost
    for numbers in first_times(stream.seen).values():
        assert numbers == sorted(numbers)


@OFTEN
@given(st.lists(PUTS, max_size=10), PATTERN)
def test_the_counters_add_up(steps, pattern):
    put, stream, _, counters = play(steps, pattern)

    assert counters.sent == len(put) == len(stream.acknowledged)
    assert counters.drained == counters.spooled
    assert counters.refused == 0
