"""A play is new traffic at its own tempo; no event comes from the future."""

from datetime import datetime, timedelta
from itertools import islice

import msgspec
import pyarrow as pa
import pytest

from sentinel.errors import SentinelError
from sentinel.lake import Lake
from sentinel.synthetic import SyntheticConfig, generate_days
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
