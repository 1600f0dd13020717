"""A producer: batches, retries, order, back-pressure, the circuit breaker and the spool."""

import threading

import pytest

from streaming_ingest.producers import (
    CircuitBreaker,
    CircuitState,
    Producer,
    ProducerError,
    RecordTooLargeError,
    Retrying,
    Spool,
    SpoolError,
    SpoolFullError,
)
from tests.support.flaky_stream import THROTTLE, FakeTime, FlakyStream, down, throttling


@pytest.fixture
def stream():
    return FlakyStream()


@pytest.fixture
def time():
    return FakeTime()


@pytest.fixture
def producer_on(tmp_path, stream, time):
    """Makes producers whose time is the fixture's and whose pauses are as long as they may be."""

    def make(**options):
        return Producer(
            options.pop("writer", stream),
            Spool(tmp_path / "spool", **options.pop("spool", {})),
            linger_seconds=None,
            breaker=CircuitBreaker(most_failures=3, open_seconds=10, clock=time.clock),
            clock=time.clock,
            sleep=time.sleep,
            uniform=lambda _low, high: high,
            **options,
        )

    return make


def test_records_go_in_calls_of_the_size_the_stream_takes(producer_on, stream):
    with producer_on() as producer:
        for number in range(12):
            producer.put(f"k{number}", b"x")
    assert stream.calls == [5, 5, 2]
    assert [record.key for record in stream.taken] == [f"k{number}" for number in range(12)]
    assert producer.counters.sent == 12


def test_a_call_holds_no_more_bytes_than_the_stream_takes(producer_on, tmp_path):
    stream = FlakyStream(most_records=100, most_bytes=250, most_record_bytes=250)
    with producer_on(writer=stream) as producer:
        for number in range(6):
            producer.put(f"k{number}", b"x" * 98)  # 100 bytes with its key
    assert stream.calls == [2, 2, 2]


def test_a_record_is_as_large_as_its_data_and_its_key_in_bytes(producer_on, stream):
    producer = producer_on()
    producer.put("é" * 10, b"x" * 980)
    with pytest.raises(RecordTooLargeError, match=r"1,001 bytes, key included, .* 1,000 "):
        producer.put("é" * 10, b"x" * 981)
    producer.close()
    assert len(stream.taken) == 1
    assert producer.counters.refused == 1


def test_only_what_failed_is_sent_again_and_later_and_later(producer_on, stream, time):
    failing = iter([[None, THROTTLE, None], [THROTTLE], [THROTTLE], [None]])
    stream.answer = lambda _records: next(failing)
    with producer_on() as producer:
        for key in "abc":
            producer.put(key, key.encode())
    assert [record.key for record in stream.taken] == ["a", "c", "b"]
    assert stream.calls == [3, 1, 1, 1]
    assert time.naps == pytest.approx([0.1, 0.2, 0.4])
    assert (producer.counters.retried, producer.counters.throttled) == (3, 3)


def test_pauses_are_drawn_between_nothing_and_the_bound(tmp_path, stream, time):
    drawn = []

    def uniform(low, high):
        drawn.append((low, high))
        return (low + high) / 2

    failures = [0]

    def answer(records):
        failures[0] += 1
        return [THROTTLE if failures[0] <= 8 else None] * len(records)

    stream.answer = answer
    retrying = Retrying(first_seconds=1, most_seconds=20)
    with Producer(
        stream, Spool(tmp_path / "s"), linger_seconds=None, retrying=retrying,
        clock=time.clock, sleep=time.sleep, uniform=uniform,
    ) as producer:  # fmt: skip
        producer.put("a", b"1")
    assert drawn == [(0, bound) for bound in (1, 2, 4, 8, 16, 20, 20, 20)]
    assert time.naps == pytest.approx([bound / 2 for _, bound in drawn])


def test_a_failed_record_holds_back_the_later_ones_of_its_key_and_no_other(producer_on, stream):
    answers = iter([[THROTTLE, None], [None], [None], [None]])
    stream.answer = lambda records: next(answers, [None] * len(records))
    with producer_on() as producer:
        for key, data in [("a", b"1"), ("a", b"2"), ("b", b"1"), ("b", b"2"), ("a", b"3")]:
            producer.put(key, data)
    assert stream.by_key() == {"a": [b"1", b"2", b"3"], "b": [b"1", b"2"]}
    assert [record.key for record in stream.taken][:2] == ["b", "b"], "b did not wait for a"


def test_a_key_comes_once_in_a_call_unless_calls_are_taken_whole(producer_on, stream, tmp_path):
    with producer_on() as producer:
        for number in range(4):
            producer.put("a", b"%d" % number)
    assert stream.calls == [1, 1, 1, 1]
    stream.calls.clear()
    with producer_on(is_atomic=True) as producer:
        for number in range(7):
            producer.put("a", b"%d" % number)
    assert stream.calls == [5, 2]
    assert stream.by_key()["a"] == [
        b"0",
        b"1",
        b"2",
        b"3",
        b"0",
        b"1",
        b"2",
        b"3",
        b"4",
        b"5",
        b"6",
    ]


def test_put_blocks_while_too_many_wait_and_goes_on_when_there_is_room(producer_on, stream, time):
    stream.answer = lambda records: throttling(records) if time.now < 3 else [None] * len(records)
    with producer_on(most_waiting_records=8) as producer:
        for number in range(8):
            producer.put(f"k{number}", b"x")
        assert time.now == 0
        producer.put("k8", b"x")
        assert time.now >= 3, "the ninth did not wait"
    assert len(stream.taken) == 9


def test_put_blocks_by_bytes_as_well(producer_on, stream, time):
    stream.answer = lambda records: throttling(records) if time.now < 3 else [None] * len(records)
    with producer_on(most_waiting_bytes=1_000) as producer:
        producer.put("a", b"x" * 600)
        producer.put("b", b"x" * 600)
        assert time.now >= 3


def test_put_gives_up_when_nothing_is_taken_for_long_and_the_spool_is_full(
    producer_on, stream, time
):
    stream.answer = down
    producer = producer_on(most_waiting_records=4, put_timeout_seconds=30, spool={"most_bytes": 60})
    with pytest.raises(ProducerError, match="did not take records for 30 s and 4 wait") as caught:
        for number in range(20):
            producer.put(f"k{number}", b"x")
    assert isinstance(caught.value.__cause__, SpoolFullError)
    taken_before = producer.counters.spooled
    assert time.now >= 30
    assert taken_before == 4
    stream.answer = None
    time.now += 10
    assert producer.drain()
    producer.close()
    assert [record.key for record in stream.taken] == [f"k{number}" for number in range(8)]


def test_after_failures_in_a_row_the_service_is_left_alone(producer_on, stream, time):
    stream.answer = down
    producer = producer_on()
    for number in range(30):
        producer.put(f"k{number}", b"%d" % number)
    producer.flush()
    assert producer.state is CircuitState.OPEN
    assert len(stream.calls) == 3, "it was called although the circuit is open"
    assert producer.counters.spooled == 30
    time.now += 10
    assert producer.state is CircuitState.HALF_OPEN
    producer.put("k", b"30")
    producer.flush()
    assert len(stream.calls) == 4, "half-open lets one call through"
    assert producer.state is CircuitState.OPEN
    stream.answer = None
    assert not producer.drain(), "an open circuit is not called"
    time.now += 10
    assert producer.drain()
    assert producer.state is CircuitState.CLOSED
    assert [int(record.data) for record in stream.taken] == list(range(31))
    assert producer.counters.drained == producer.counters.sent == 31
    producer.close()


def test_throttling_is_no_outage_until_it_lasts(producer_on, stream):
    stream.answer = throttling
    producer = producer_on(retrying=Retrying(most_attempts=6))
    producer.put("a", b"1")
    producer.flush()
    assert len(stream.calls) == 6
    assert producer.state is CircuitState.OPEN
    assert producer.counters.spooled == 1


def test_what_is_spooled_is_sent_by_the_next_process_before_anything_else(
    producer_on, stream, time
):
    stream.answer = down
    with producer_on() as producer:
        for number in range(3):
            producer.put("a", b"%d" % number)
    assert stream.taken == []
    stream.answer = None
    time.now += 10
    with producer_on() as producer:
        producer.put("a", b"3")
        assert producer.drain()
        producer.put("a", b"4")
    assert stream.by_key() == {"a": [b"0", b"1", b"2", b"3", b"4"]}
    assert producer.counters.spooled == 1, "once drained, records go directly"


def test_a_spool_that_cannot_be_written_is_said_and_nothing_is_forgotten(
    producer_on, stream, time, monkeypatch
):
    stream.answer = down
    producer = producer_on()
    producer.put("a", b"1")
    with monkeypatch.context() as patch:

        def full(_self, _records):
            raise SpoolError("no space left")

        patch.setattr(Spool, "append", full)
        with pytest.raises(SpoolError, match="no space left"):
            producer.flush()
    producer.put("a", b"2")
    time.now += 10
    stream.answer = None
    producer.flush()
    assert stream.by_key() == {"a": [b"1", b"2"]}
    producer.close()


def test_an_unexpected_error_of_a_writer_comes_through_and_loses_nothing(producer_on, stream):
    def broken(_records):
        raise ValueError("a fault in the writer")

    stream.answer = broken
    producer = producer_on()
    producer.put("a", b"1")
    with pytest.raises(ValueError, match="a fault in the writer"):
        producer.flush()
    stream.answer = None
    producer.close()
    assert stream.by_key() == {"a": [b"1"]}


def test_a_closed_producer_takes_nothing(producer_on):
    producer = producer_on()
    producer.close()
    producer.close()
    with pytest.raises(ProducerError, match="closed"):
        producer.put("a", b"1")


def test_a_record_does_not_wait_for_others_longer_than_it_may(tmp_path, stream):
    arrived = threading.Event()

    def answer(records):
        arrived.set()
        return [None] * len(records)

    stream.answer = answer
    with Producer(stream, Spool(tmp_path / "s"), linger_seconds=0.02) as producer:
        producer.put("a", b"1")
        assert arrived.wait(10), "neither flushed nor sent"


def test_a_failure_between_calls_is_raised_by_the_next_one(tmp_path, stream):
    failed = threading.Event()

    def broken(_records):
        failed.set()
        raise ValueError("a fault in the writer")

    stream.answer = broken
    producer = Producer(stream, Spool(tmp_path / "s"), linger_seconds=0.02)
    producer.put("a", b"1")
    assert failed.wait(10)
    with pytest.raises(ValueError, match="a fault in the writer"):
        producer.flush()
    stream.answer = None
    while True:
        try:
            producer.close()
            break
        except ValueError:
            continue
    assert stream.by_key() == {"a": [b"1"]}


def test_several_threads_may_put(tmp_path, stream):
    def put_all(name):
        for number in range(200):
            producer.put(name, b"%d" % number)

    with Producer(stream, Spool(tmp_path / "s"), most_waiting_records=20) as producer:
        threads = [threading.Thread(target=put_all, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert stream.by_key() == {name: [b"%d" % number for number in range(200)] for name in "abcd"}
