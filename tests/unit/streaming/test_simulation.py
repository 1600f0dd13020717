"""A play is new traffic at its own tempo; no event comes from the future."""

from datetime import datetime, timedelta
from itertools import islice

import msgspec
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from sentinel.errors import SentinelError
from sentinel.lake import Lake
from sentinel.synthetic import SyntheticConfig, generate_days
from streaming_ingest import commands
from streaming_ingest.simulation import (
    Tempo,
    generated_transactions,
    landed_transactions,
    play,
    records,
)
from tests.support.events import later, transaction


class Now:
    """A clock that sleeping moves on."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1)

    def __call__(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Written:
    """A producer that keeps what it was given, and when."""

    def __init__(self, now: Now) -> None:
        self.now, self.records, self.unflushed = now, [], 0

    def put(self, key: str, data: bytes) -> None:
        row = msgspec.json.decode(data)
        assert key == row["customer_id"]
        self.records.append((self.now(), row))
        self.unflushed += 1

    def flush(self) -> None:
        self.unflushed = 0


def played(tempo: Tempo, rows: list[dict]) -> tuple[Now, list[tuple[datetime, dict]]]:
    now = Now()
    written = Written(now)
    assert play(written, iter(rows), tempo, clock=now, sleep=now.sleep) == len(written.records)
    assert written.unflushed == 0
    return now, written.records


def test_events_keep_their_distances_at_the_speed_asked_for() -> None:
    rows = [transaction(f"t{n}", later(seconds=60 * n)) for n in range(4)]
    _, found = played(Tempo(speed=60), rows)
    at = [datetime.fromisoformat(row["transaction_at"]) for _, row in found]
    assert [(time - at[0]).total_seconds() for time in at] == [0, 1, 2, 3]


def test_a_rate_spreads_events_evenly() -> None:
    now, found = played(Tempo(rate=100), [transaction("t") for _ in range(500)])
    assert len(found) == 500
    assert (now() - datetime(2026, 1, 1)).total_seconds() == pytest.approx(5, abs=0.1)


def seconds_of(found: list[tuple[datetime, dict]]) -> list[float]:
    """When each event of a play happened, in seconds after the first."""
    at = [datetime.fromisoformat(row["transaction_at"]) for _, row in found]
    return [(time - at[0]).total_seconds() for time in at]


def test_a_rate_with_a_speed_is_the_most_there_may_be() -> None:
    quiet = [transaction(f"q{n}", later(seconds=60 * n)) for n in range(3)]
    rush = [transaction(f"r{n}", later(seconds=180)) for n in range(30)]
    after = [transaction(f"a{n}", later(seconds=60 * (5 + 10 * n))) for n in range(2)]
    _, found = played(Tempo(rate=10, speed=60), quiet + rush + after)
    seconds = seconds_of(found)
    assert seconds[:3] == [0, 1, 2], "distances are kept, sixty times shorter"
    assert seconds[3:33] == pytest.approx([3 + n / 10 for n in range(30)]), "the rush waits"
    # The first after the rush still waits; then the play has caught up.
    assert seconds[33:] == pytest.approx([6.0, 15.0])
    assert all(seconds[n + 10] - seconds[n] >= 0.999 for n in range(len(seconds) - 10))


def test_a_rate_that_is_never_reached_changes_nothing() -> None:
    rows = [transaction(f"t{n}", later(seconds=7 * n)) for n in range(50)]
    _, limited = played(Tempo(rate=2000, speed=60), [dict(row) for row in rows])
    _, free = played(Tempo(speed=60), [dict(row) for row in rows])
    assert seconds_of(limited) == seconds_of(free)
    assert seconds_of(free)[-1] == pytest.approx(7 * 49 / 60, abs=1e-4)


def test_without_rate_and_speed_events_are_as_far_apart_as_they_were() -> None:
    rows = [transaction(f"t{n}", later(seconds=3 * n)) for n in range(4)]
    _, found = played(Tempo(), rows)
    assert seconds_of(found) == [0, 3, 6, 9]


@pytest.mark.parametrize(
    ("options", "tempo"),
    [
        ([], Tempo(speed=60)),
        (["--rate", "2000"], Tempo(rate=2000)),
        (["--speed", "5"], Tempo(speed=5)),
        (["--rate", "2000", "--speed", "60", "--count", "3"], Tempo(2000, 60, 3)),
    ],
)
def test_the_command_plays_at_the_tempo_asked_for(options, tempo, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path))
    asked: list[Tempo] = []
    monkeypatch.setattr(commands, "play", lambda sender, rows, tempo, *_: asked.append(tempo))
    done = CliRunner().invoke(commands.app, ["simulate", *options])
    assert done.exit_code == 0, done.output
    assert asked == [tempo]


def test_nothing_is_sent_before_it_has_happened() -> None:
    rows = [transaction(f"t{n}", later(seconds=n)) for n in range(300)]
    _, found = played(Tempo(speed=10), rows)
    assert all(datetime.fromisoformat(row["transaction_at"]) <= sent for sent, row in found)


def test_every_event_of_a_play_is_a_new_one() -> None:
    _, found = played(Tempo(rate=10), [transaction("t") for _ in range(3)])
    assert len({row["transaction_id"] for _, row in found}) == 3


def test_a_play_ends_after_as_many_as_were_asked_for() -> None:
    _, found = played(Tempo(rate=1000, most=7), [transaction("t") for _ in range(20)])
    assert len(found) == 7


def test_records_are_as_a_producer_writes_them() -> None:
    table = pa.table(
        {
            "transaction_id": ["t1"], "amount": pa.array([1], pa.decimal128(18, 2)),
            "channel": pa.array([None], pa.string()), "_batch_id": ["b"], "event_date": ["x"],
        }
    )  # fmt: skip
    assert list(records(iter([table]))) == [{"transaction_id": "t1", "amount": 1.0}]


def test_there_are_as_many_customers_as_wanted() -> None:
    (day,) = islice(generated_transactions(customers=3_000), 1)
    found = set(day.column("customer_id").to_pylist())
    few = set(next(generated_transactions()).column("customer_id").to_pylist())
    assert len(few) <= 1_000 < len(found) <= 3_000
    assert few < {f"C{number:08d}" for number in range(1_000)}


def test_generated_transactions_do_not_end() -> None:
    once = list(generate_days(SyntheticConfig.preset("demo", seed=3)))
    tables = list(islice(generated_transactions(seed=3), len(once) + 2))
    assert len(tables) == len(once) + 2
    assert tables[0].equals(once[0].transactions)
    again = tables[len(once)]
    assert again.num_rows and not again.equals(tables[0])  # other traffic, not the same once more
    assert {"card_number", "amount", "customer_id"} <= set(next(records(iter(tables))))


def test_nothing_has_landed(tmp_path) -> None:
    with pytest.raises(SentinelError, match="no transactions have landed yet"):
        next(landed_transactions(Lake(str(tmp_path))))
