"""The loop builds when something waits, tries again when it fails, and says how late it is."""

from datetime import datetime, timedelta

import pytest

from sentinel.delivery import Delivered
from streaming_ingest.delivery import DeliveredBatch
from streaming_ingest.micro_batch import Built, Checked, MicroBatchError
from streaming_ingest.runner import Runner

START = datetime(2026, 1, 1)


class Time:
    """Both clocks of the runner."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def utc(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


class Streams:
    """A delivery whose batches are put there by the test."""

    buffered_count = 0

    def __init__(self) -> None:
        self.ready, self.held = [], []

    def poll(self):
        ready, self.ready = self.ready, []
        return ready

    def flush(self):
        held, self.held = self.held, []
        return held


class Models:
    """A builder that takes time, and fails when told to."""

    def __init__(self, time: Time) -> None:
        self.time, self.builds, self.checks, self.fails = time, 0, 0, False
        self.results: tuple[Checked, ...] | None = ()

    def build(self) -> Built:
        self.builds += 1
        if self.fails:
            raise MicroBatchError("fct_transactions: disk full")
        self.time.seconds += 1.5
        return Built(1.5, {})

    def check(self) -> tuple[Checked, ...]:
        self.checks += 1
        if self.results is None:
            raise MicroBatchError("no warehouse")
        return self.results


class Told:
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.events = []

    def delivered(self, row_counts, quarantined_count) -> None:
        self.events.append(("delivered", dict(row_counts), quarantined_count))

    def built(self, built) -> None:
        self.events.append(("built", built))

    def checked(self, results) -> None:
        self.events.append(("checked", results))


@pytest.fixture
def parts():
    time = Time()
    streams, models = Streams(), Models(time)
    runner = Runner([streams], models, is_waiting=False, clock=time.utc, monotonic=time.monotonic)
    return time, streams, models, runner


def batch(arrived: float, good: int = 1, bad: int = 0) -> DeliveredBatch:
    arrivals = [START + timedelta(seconds=arrived)] * (good + bad)
    return DeliveredBatch("transactions", Delivered("b", "committed", good, bad), arrivals)


def test_nothing_is_built_while_nothing_comes(parts) -> None:
    _, _, models, runner = parts
    assert runner.step() is False
    assert models.builds == 0


def test_the_lag_is_from_arrival_to_mart(parts) -> None:
    time, streams, _, runner = parts
    time.seconds = 10
    streams.ready = [batch(arrived=8), batch(arrived=9.5, good=2, bad=1)]
    assert runner.step()
    assert list(runner.progress.lags) == [3.5, 2.0, 2.0, 2.0]
    assert runner.progress.lag(0.5) == 2.0
    assert (runner.progress.record_count, runner.progress.quarantined_count) == (4, 1)
    assert runner.progress.waiting_count == 0


def test_what_failed_is_tried_again_after_a_pause_that_grows_and_nothing_is_forgotten(
    parts,
) -> None:
    time, streams, models, runner = parts
    models.fails = True
    streams.ready = [batch(arrived=0)]
    runner.step()
    assert "disk full" in runner.progress.failure
    runner.step()
    assert models.builds == 1  # not yet
    time.seconds = 1.0
    runner.step()
    assert models.builds == 2
    time.seconds = 2.9
    runner.step()
    assert models.builds == 2
    models.fails = False
    time.seconds = 3.0
    streams.ready = [batch(arrived=3)]
    runner.step()
    assert runner.progress.failure is None
    assert list(runner.progress.lags) == [4.5, 1.5]


def test_the_last_step_delivers_what_is_buffered(parts) -> None:
    _, streams, models, runner = parts
    streams.held = [batch(arrived=0)]
    runner.step()
    assert models.builds == 0
    runner.step(is_last=True)
    assert models.builds == 1


def test_what_waited_in_the_lake_is_built_at_once() -> None:
    time = Time()
    models = Models(time)
    told = Told()
    Runner([Streams()], models, [told], 0, True, time.utc, time.monotonic).step()
    assert told.events == [("built", Built(1.5, {}))]
    assert models.builds == 1


@pytest.fixture
def tested():
    """A runner that tests every minute, with what it told."""
    time, told = Time(), Told()
    streams, models = Streams(), Models(time)
    runner = Runner([streams], models, [told], 60, False, time.utc, time.monotonic)
    return time, streams, models, told, runner


def test_reporters_hear_what_was_delivered_before_what_was_built(tested) -> None:
    _, streams, _, told, runner = tested
    streams.ready = [batch(arrived=0, good=3, bad=1), batch(arrived=0, good=2)]
    runner.step()
    assert told.events == [("delivered", {"transactions": 5}, 1), ("built", Built(1.5, {}))]


def test_data_tests_run_after_a_micro_batch_and_some_time_apart(tested) -> None:
    time, streams, models, told, runner = tested
    models.results = (
        Checked("unique_t", "marts.t", 2, False, True),
        Checked("not_null_t", "marts.t", 0, True, True),
    )
    streams.ready = [batch(arrived=0)]
    runner.step()
    assert (models.checks, runner.progress.failed_tests) == (0, None)
    time.seconds = 61
    runner.step()
    assert models.checks == 0, "nothing was built that could have broken anything"
    streams.ready = [batch(arrived=61)]
    runner.step()
    assert runner.progress.failed_tests == ("unique_t",)
    assert told.events[-1] == ("checked", models.results)
    models.results = ()
    streams.ready = [batch(arrived=62)]
    runner.step()
    assert models.checks == 1
    time.seconds += 60
    streams.ready = [batch(arrived=time.seconds)]
    runner.step()
    assert (models.checks, runner.progress.failed_tests) == (2, ())


def test_data_tests_that_cannot_run_stop_nothing(tested) -> None:
    time, streams, models, told, runner = tested
    models.results, time.seconds = None, 60
    streams.ready = [batch(arrived=60)]
    runner.step()
    assert (models.checks, models.builds, runner.progress.failed_tests) == (1, 1, None)
    assert [kind for kind, *_ in told.events] == ["delivered", "built"]


def test_a_micro_batch_that_failed_is_not_tested(tested) -> None:
    time, streams, models, _, runner = tested
    models.fails, time.seconds = True, 60
    streams.ready = [batch(arrived=60)]
    runner.step()
    assert models.checks == 0


def test_the_rate_is_that_of_the_last_ten_seconds(parts) -> None:
    time, streams, _, runner = parts
    streams.ready = [batch(arrived=0, good=500)]
    runner.step()
    assert runner.progress.rate(time.seconds) == 50
    assert runner.progress.rate(time.seconds + 20) == 0
