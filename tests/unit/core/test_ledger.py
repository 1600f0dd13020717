"""The ledger: a batch is committed once, whoever tries, and its numbers add up."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date, datetime

import pytest

from sentinel.errors import LedgerConflictError
from sentinel.lake import Lake
from sentinel.ledger import DeliveredFile, Extract, Ledger, LedgerEntry


def entry(batch_id: str = "b-1", checksum: str = "c", **change) -> LedgerEntry:
    given = {
        "batch_id": batch_id, "dataset": "transactions", "source": "a test", "schema_version": 1,
        "produced_row_count": 3, "delivered_row_count": 2, "quarantined_row_count": 1,
        "min_event_at": datetime(2026, 1, 1), "max_event_at": datetime(2026, 1, 2, 3, 4, 5, 6),
        "checksum": checksum, "delivered_at": datetime(2026, 1, 3),
        "files": (DeliveredFile(path="raw/x.parquet", event_date=date(2026, 1, 1), row_count=2,
                                size_bytes=9, sha256="s"),),
        "appeared_columns": ("new",),
        "extract": Extract(mapping="m", mapping_hash="h", feed="f", origin="o", columns=("a",),
                           resume_cursor="5", consumed=("b-0",)),
    }  # fmt: skip
    return LedgerEntry(**{**given, **change})


def test_a_commit_is_read_as_it_was_written(lake):
    ledger = Ledger(lake)
    assert ledger.commit(entry())
    assert ledger.entry("transactions", "b-1") == entry()
    assert ledger.is_committed("transactions", "b-1")
    assert list(ledger.entries()) == [entry()]


def test_what_is_not_committed_does_not_exist(lake):
    ledger = Ledger(lake)
    assert ledger.entry("transactions", "b-1") is None
    assert not ledger.is_committed("transactions", "b-1")
    assert list(ledger.entries("transactions")) == []


def test_the_same_batch_again_is_left_alone(lake):
    ledger = Ledger(lake)
    ledger.commit(entry())
    assert not ledger.commit(entry(delivered_at=datetime(2027, 1, 1)))
    assert ledger.entry("transactions", "b-1") == entry()


def test_other_content_under_a_committed_id_is_a_conflict(lake):
    ledger = Ledger(lake)
    ledger.commit(entry())
    with pytest.raises(LedgerConflictError, match="b-1 of transactions"):
        ledger.commit(entry(checksum="other"))
    assert ledger.entry("transactions", "b-1").checksum == "c"


@pytest.mark.parametrize("counts", [(3, 2, 0), (3, 3, 1), (0, 0, 1)])
def test_numbers_that_do_not_add_up_are_refused(counts):
    produced, delivered, quarantined = counts
    with pytest.raises(ValueError, match="rows produced"):
        entry(produced_row_count=produced, delivered_row_count=delivered,
              quarantined_row_count=quarantined)  # fmt: skip


def test_entries_are_by_dataset_and_batch(lake):
    ledger = Ledger(lake)
    for each in (entry("b-2"), entry("b-1"), entry("a-1", dataset="terminals")):
        ledger.commit(each)
    assert [each.batch_id for each in ledger.entries()] == ["a-1", "b-1", "b-2"]
    assert [each.batch_id for each in ledger.entries("terminals")] == ["a-1"]


def test_of_many_threads_one_commits(lake):
    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(lambda _: Ledger(lake).commit(entry()), range(32)))
    assert sum(won) == 1


def commits(location: str) -> int:
    """How many of a hundred batches this process committed."""
    ledger = Ledger(Lake(location))
    return sum(ledger.commit(entry(f"b-{number}")) for number in range(100))


def test_of_many_processes_one_commits_each_batch(tmp_path):
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, context) as pool:
        won = list(pool.map(commits, [str(tmp_path / "lake")] * 2))
    assert sum(won) == 100
    assert len(list(Ledger(Lake(str(tmp_path / "lake"))).entries())) == 100


def test_batch_ids_are_known_by_their_names(lake, monkeypatch):
    ledger = Ledger(lake)
    for each in (entry("b-2"), entry("b-1"), entry("a-1", dataset="terminals")):
        ledger.commit(each)
    monkeypatch.setattr(Lake, "read", lambda *_: pytest.fail("no entry has to be read"))
    assert ledger.batch_ids("transactions") == ["b-1", "b-2"]
    assert ledger.batch_ids("customers") == []


def test_many_entries_are_read_in_order(lake, monkeypatch):
    monkeypatch.setattr("sentinel.lake._READ_AHEAD", 4)
    ledger = Ledger(lake)
    ids = [f"b-{number:02d}" for number in range(25)]
    for batch_id in ids:
        ledger.commit(entry(batch_id))
    assert [each.batch_id for each in ledger.entries()] == ids
