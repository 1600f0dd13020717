"""The loop builds when something waits, tries again when it fails, and says how late it is."""

from datetime import datetime, timedelta

import pytest

from sentinel.delivery import Delivered
from streaming_ingest.delivery import DeliveredBatch
from streaming_ingest.micro_batch import Built, MicroBatchError
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
        self.time, self.builds, self.fails = time, 0, False

    def build(self) -> Built:
        self.builds += 1
        if self.fails:
            raise MicroBatchError("fct_transactions: disk full")
        self.time.seconds += 1.5
        return Built(1.5, {})


@pytest.fixture
def parts():
    time = Time()
    streams, models = Streams(), Models(time)
    runner = Runner([streams], models, is_waiting=False, clock=time.utc, monotonic=time.monotonic)
    return time, streams, models, runner


def batch(arrived: float, good: int = 1, bad: int = 0) -> DeliveredBatch:
    arrivals = [START + timedelta(seconds=arrived)] * (good + bad)
    return DeliveredBatch(Delivered("b", "committed", good, bad), arrivals)


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
    told = []
    Runner([Streams()], models, told.append, True, time.utc, time.monotonic).step()
    assert told == [Built(1.5, {})]
    assert models.builds == 1


def test_the_rate_is_that_of_the_last_ten_seconds(parts) -> None:
    time, streams, _, runner = parts
    streams.ready = [batch(arrived=0, good=500)]
    runner.step()
    assert runner.progress.rate(time.seconds) == 50
    assert runner.progress.rate(time.seconds + 20) == 0
