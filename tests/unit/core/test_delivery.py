"""Delivery: files first, the commit last, and every attempt replaces what the last one left."""

import io
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from core_records import GOOD, RECEIVED_AT, TOKENISER

from sentinel.contracts import contract
from sentinel.delivery import deliver
from sentinel.lake import LEDGER, QUARANTINE, RAW
from sentinel.ledger import Ledger
from sentinel.transform import Arriving, UnreadableRecord

TRANSACTIONS = contract("transactions")


def arriving(*records: dict, batch_id: str = "b-1", received_at: datetime = RECEIVED_AT, **more):
    names = list(dict.fromkeys(name for record in records for name in record))
    table = pa.table({name: [record.get(name) for record in records] for name in names})
    return Arriving(batch_id, "a test", table, received_at, **more)


def rows(lake, path: str) -> list[dict]:
    return pq.ParquetFile(io.BytesIO(lake.read(path))).read().to_pylist()


def test_records_lie_by_event_date_and_the_commit_names_them(lake):
    second = {**GOOD, "transaction_id": "t-2", "transaction_at": "2026-05-30T23:59:59Z"}
    bad = {**GOOD, "transaction_id": None}
    done = deliver(lake, TRANSACTIONS, arriving(GOOD, second, bad), TOKENISER)

    entry = Ledger(lake).entry("transactions", "b-1")
    assert (done.outcome, done.delivered_row_count, done.quarantined_row_count) == (
        "committed",
        2,
        1,
    )
    assert entry.produced_row_count == 3
    assert (entry.min_event_at, entry.max_event_at) == (
        datetime(2026, 5, 30, 23, 59, 59), datetime(2026, 5, 31, 10),
    )  # fmt: skip
    assert [file.path for file in entry.files] == lake.list(RAW)
    assert [file.path.replace(file.sha256[:12], "…") for file in entry.files] == [
        "raw/transactions/event_date=2026-05-30/b-1-….parquet",
        "raw/transactions/event_date=2026-05-31/b-1-….parquet",
    ]
    assert [entry.rejected_file] == lake.list(QUARANTINE)
    assert [row["transaction_id"] for file in entry.files for row in rows(lake, file.path)] == [
        "t-2", "t-1",
    ]  # fmt: skip
    assert [row["reason"] for row in rows(lake, lake.list(QUARANTINE)[0])] == ["missing_value"]


def test_a_committed_batch_is_left_alone(lake):
    deliver(lake, TRANSACTIONS, arriving(GOOD), TOKENISER)
    before = {path: lake.read(path) for path in lake.list(RAW) + lake.list(LEDGER)}

    again = deliver(lake, TRANSACTIONS, arriving(GOOD, GOOD), TOKENISER)

    assert again.outcome == "already_committed"
    assert again.delivered_row_count == 1
    assert {path: lake.read(path) for path in lake.list(RAW) + lake.list(LEDGER)} == before


class PowerCutError(Exception):
    """What stops a delivery in these tests."""


def test_without_its_commit_a_batch_does_not_exist_and_can_be_delivered_again(lake, monkeypatch):
    def cut(*_):
        raise PowerCutError

    monkeypatch.setattr(Ledger, "commit", cut)
    early = datetime(2026, 5, 31, 9)  # before the event: this attempt rejects the record
    with pytest.raises(PowerCutError):
        deliver(lake, TRANSACTIONS, arriving(GOOD, received_at=early), TOKENISER)
    assert list(Ledger(lake).entries()) == []
    monkeypatch.undo()

    done = deliver(lake, TRANSACTIONS, arriving(GOOD), TOKENISER)

    assert (done.outcome, done.delivered_row_count) == ("committed", 1)
    (entry,) = Ledger(lake).entries()
    assert entry.rejected_file is None  # what the first attempt rejected is named by no entry


def test_a_batch_without_records_is_a_commit_without_files(lake):
    done = deliver(lake, TRANSACTIONS, arriving(), TOKENISER)

    entry = Ledger(lake).entry("transactions", "b-1")
    assert done.outcome == "committed"
    assert (entry.produced_row_count, entry.files, entry.min_event_at) == (0, (), None)
    assert lake.list(RAW) == []


def test_unreadable_records_count_as_produced(lake):
    batch = arriving(unreadable=(UnreadableRecord(0, "{", "malformed_json"),))
    done = deliver(lake, TRANSACTIONS, batch, TOKENISER)

    assert done.quarantined_row_count == 1
    assert Ledger(lake).entry("transactions", "b-1").produced_row_count == 1
