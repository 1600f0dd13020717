"""Compaction: the same records in few files, committed once, or nothing at all."""

import errno
import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentinel import compaction
from sentinel.compaction import Limits, Plan, compact, plans
from sentinel.errors import CompactionError, LakeWriteError
from sentinel.lake import COMPACTIONS, RAW, Lake, ledger_path
from sentinel.ledger import Ledger
from sentinel.live_files import LiveFiles
from tests.support.compactions import AT_ONCE, land, live_paths, live_rows, rows_by_batch
from tests.support.events import customer, transaction

TODAY = date(2026, 6, 10)
DAY = datetime(2026, 5, 1, 10)


def fill(lake: Lake, names: str = "cabd", rows: int = 3) -> None:
    """Batches of several rows on two days; the ids do not follow the order of delivery."""
    for place, name in enumerate(names):
        land(lake, f"batch-{name}", [
            transaction(f"{name}{number}", DAY + timedelta(days=number % 2, minutes=place),
                        amount=number + 1)
            for number in range(rows)
        ])  # fmt: skip


def compact_all(lake: Lake, limits: Limits = AT_ONCE) -> int:
    """Compacts what there is; says how many days."""
    found = plans(lake, "transactions", limits, TODAY)
    assert all(compact(lake, plan) for plan in found)
    return len(found)


def test_many_files_become_one_with_the_same_rows(lake):
    fill(lake)
    before, by_batch = live_rows(lake), rows_by_batch(lake)
    assert len(live_paths(lake)) == 8
    assert compact_all(lake) == 2
    assert [path.rsplit("-", 1)[0] for path in live_paths(lake)] == [
        "raw/transactions/event_date=2026-05-01/compacted-000001",
        "raw/transactions/event_date=2026-05-02/compacted-000001",
    ]
    assert live_rows(lake) == before
    assert rows_by_batch(lake) == by_batch
    assert compact_all(lake) == 0


def test_the_commit_says_what_gave_way_to_what(lake):
    fill(lake)
    replaced = live_paths(lake)
    compact_all(lake)
    first, second = LiveFiles(lake, "transactions").compactions()
    assert (first.dataset, first.event_date, first.generation) == (
        "transactions", date(2026, 5, 1), 1,
    )  # fmt: skip
    assert sorted(first.replaced + second.replaced) == replaced
    assert [file.path for file in first.added + second.added] == live_paths(lake)
    assert first.row_count == sum(file.row_count for file in first.added) == 8
    content = lake.read(first.added[0].path)
    assert first.added[0].size_bytes == len(content)
    assert lake.list(COMPACTIONS) == [
        "compactions/transactions/2026-05-01.000001.json",
        "compactions/transactions/2026-05-02.000001.json",
    ]


def test_the_rows_of_a_batch_lie_together_in_the_order_of_delivery(lake):
    fill(lake)
    compact_all(lake)
    fill(lake, "0bz")  # `b` was there before
    compact_all(lake)
    for path in live_paths(lake):
        rows = pq.ParquetFile(io.BytesIO(lake.read(path))).read().to_pylist()
        places = [(row["_batch_id"], row["_position"]) for row in rows]
        assert places == sorted(places)
        assert len({batch for batch, _ in places}) == 6


def test_late_batches_make_a_later_generation(lake):
    fill(lake)
    compact_all(lake)
    land(lake, "late", [transaction("late", DAY)])
    before = live_rows(lake)
    assert len(live_paths(lake)) == 3
    (plan,) = plans(lake, "transactions", AT_ONCE, TODAY)
    assert (plan.generation, len(plan.files)) == (2, 2)
    done = compact(lake, plan)
    assert done and live_rows(lake) == before
    assert len(live_paths(lake)) == 2
    assert LiveFiles(lake, "transactions").generation(date(2026, 5, 1)) == 2


@pytest.mark.parametrize(
    ("days_ago", "closed_after", "is_closed"),
    [(3, 2, True), (2, 2, False), (1, 2, False), (0, 0, False), (1, 0, True), (-3, 0, False)],
)
def test_a_day_is_closed_when_so_many_full_days_have_passed(
    lake, days_ago, closed_after, is_closed
):
    today = datetime(2026, 5, 31)  # the contract refuses events from the future
    for name in "ab":
        land(lake, name, [transaction(name, today - timedelta(days=days_ago))])
    found = plans(lake, "transactions", Limits(closed_after, fewest_files=2), today.date())
    assert bool(found) is is_closed


def test_few_files_and_full_ones_are_left_alone(lake):
    fill(lake, "abc")
    assert not plans(lake, "transactions", Limits(), TODAY)
    fill(lake, "d")
    assert len(plans(lake, "transactions", Limits(), TODAY)) == 2
    assert not plans(lake, "transactions", Limits(target_bytes=5_000), TODAY)
    assert not plans(lake, "transactions", Limits(most_rows=1), TODAY)


def test_files_are_made_no_larger_than_asked_for(lake):
    fill(lake, "abcdefgh", rows=10)
    before = live_rows(lake)
    assert compact_all(lake, replace(AT_ONCE, most_rows=11)) == 2
    compacted = [f for each in LiveFiles(lake, "transactions").compactions() for f in each.added]
    assert [file.row_count for file in compacted] == [10] * 8
    assert live_rows(lake) == before
    assert compact_all(lake, replace(AT_ONCE, most_rows=11)) == 0


def test_it_comes_to_an_end(lake):
    """Small files are made of small ones, and made one of again, until there is nothing to gain."""
    fill(lake, "abcdefghijklmnop")
    before = live_rows(lake)
    limits = replace(AT_ONCE, target_bytes=40_000)
    rounds = 0
    while compact_all(lake, limits):
        rounds += 1
        assert rounds < 6
    assert live_rows(lake) == before
    assert len(live_paths(lake)) < 10


def test_versions_of_a_contract_stay_apart(lake):
    fill(lake)
    for name in "cd":  # as if an older version had delivered it
        path = ledger_path("transactions", f"batch-{name}")
        entry = Ledger(lake).entry("transactions", f"batch-{name}")
        lake.put(path, msgspec.json.encode(msgspec.structs.replace(entry, schema_version=0)))
    before, by_batch = live_rows(lake), rows_by_batch(lake)
    compact_all(lake)
    files = [f for each in LiveFiles(lake, "transactions").compactions() for f in each.added]
    assert [file.schema_version for file in files] == [0, 1, 0, 1]
    assert live_rows(lake) == before
    assert rows_by_batch(lake) == by_batch


def test_small_datasets_are_compacted_by_their_year(lake):
    for name in "abcd":
        land(lake, name, [customer(f"c-{name}", datetime(2026, 5, 30))], "customers")
    before = rows_by_batch(lake, "customers")
    (plan,) = plans(lake, "customers", Limits(), TODAY)
    assert plan.event_date == date(2026, 1, 1)
    compact(lake, plan)
    assert rows_by_batch(lake, "customers") == before
    assert len(live_paths(lake, "customers")) == 1


def test_of_two_compactions_at_once_one_commits_and_the_other_changes_nothing(lake):
    fill(lake)
    before = live_rows(lake)
    mine, theirs = plans(lake, "transactions", AT_ONCE, TODAY)[0], None
    land(lake, "batch-e", [transaction("e", DAY)])
    theirs = plans(lake, "transactions", AT_ONCE, TODAY)[0]
    assert len(theirs.files) == len(mine.files) + 1
    assert compact(lake, theirs) is not None
    committed = lake.read("compactions/transactions/2026-05-01.000001.json")
    assert compact(lake, mine) is None
    assert lake.read("compactions/transactions/2026-05-01.000001.json") == committed
    assert live_rows(lake) == sorted(
        [*before, *rows_by_batch(lake)["batch-e"]],
        key=lambda row: (row["_batch_id"], row["_position"]),
    )


def test_of_many_compactions_of_a_day_one_commits(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    fill(lake)
    before = live_rows(lake)
    plan = plans(lake, "transactions", AT_ONCE, TODAY)[0]
    fewer = [replace(plan, groups=(plan.groups[0][:n],)) for n in (2, 3, 4)] * 4
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda each: compact(Lake(str(tmp_path / "lake")), each), fewer))
    (winner,) = filter(None, done)
    assert list(LiveFiles(lake, "transactions").compactions()) == [winner]
    assert live_rows(lake) == before


def spoilt(monkeypatch, change) -> None:
    """What is written is not what was meant."""
    written = compaction.parquet_bytes
    monkeypatch.setattr(compaction, "parquet_bytes", lambda table, n: written(change(table), n))


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.slice(1),
        lambda rows: pa.concat_tables([rows, rows.slice(0, 1)]),
        lambda rows: rows.drop_columns("amount"),
        lambda rows: rows.set_column(
            rows.schema.get_field_index("amount"), rows.schema.field("amount"),
            rows.column("amount").take(list(reversed(range(rows.num_rows)))),
        ),
        lambda rows: rows.set_column(
            rows.schema.get_field_index("_batch_id"), rows.schema.field("_batch_id"),
            pa.array(["batch-a"] * rows.num_rows),
        ),
    ],
    ids=["a row less", "a row twice", "a column less", "values moved", "another batch"],
)  # fmt: skip
def test_rows_that_would_change_are_never_committed(lake, monkeypatch, change):
    fill(lake)
    before = live_rows(lake)
    (plan, *_) = plans(lake, "transactions", AT_ONCE, TODAY)
    spoilt(monkeypatch, change)
    with pytest.raises(CompactionError, match="does not hold the rows of the 4 files"):
        compact(lake, plan)
    assert lake.list(COMPACTIONS) == []
    assert live_rows(lake) == before
    monkeypatch.undo()
    assert compact(lake, plan)
    assert live_rows(lake) == before


def test_another_order_of_rows_is_no_change(lake, monkeypatch):
    fill(lake)
    (plan, *_) = plans(lake, "transactions", AT_ONCE, TODAY)
    spoilt(monkeypatch, lambda rows: rows.take(list(reversed(range(rows.num_rows)))))
    assert compact(lake, plan)


def test_a_file_that_is_not_what_was_committed_is_not_compacted(lake):
    fill(lake)
    (plan, *_) = plans(lake, "transactions", AT_ONCE, TODAY)
    content = lake.read(plan.files[0].path)
    lake.put(plan.files[0].path, lake.read(plan.files[1].path))
    with pytest.raises(CompactionError, match="not what was committed"):
        compact(lake, plan)
    lake.delete([plan.files[0].path])
    with pytest.raises(CompactionError, match="is not there: restore it"):
        compact(lake, plan)
    assert lake.list(COMPACTIONS) == []
    lake.put(plan.files[0].path, content)
    assert compact(lake, plan)


def test_columns_that_differ_within_a_version_are_named(lake):
    fill(lake)
    (plan, *_) = plans(lake, "transactions", AT_ONCE, TODAY)
    rows = pq.ParquetFile(io.BytesIO(lake.read(plan.files[0].path))).read()
    content = compaction.parquet_bytes(rows.drop_columns("device_id"))
    lake.put("raw/transactions/event_date=2026-05-01/other.parquet", content)
    file = msgspec.structs.replace(
        plan.files[0], path="raw/transactions/event_date=2026-05-01/other.parquet",
        sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    with pytest.raises(CompactionError, match="needs a new version"):
        compact(lake, replace(plan, groups=((*plan.files, file),)))


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_full_disk_leaves_all_as_it_was(tmp_path, monkeypatch, writes):
    """The disk is full at the first file, at the second, and at the commit."""
    lake = Lake(str(tmp_path / "lake"))
    fill(lake, "abcdef")
    before, paths = live_rows(lake), live_paths(lake)
    (plan, *_) = plans(lake, "transactions", AT_ONCE, TODAY)
    plan = replace(plan, groups=(plan.files[:3], plan.files[3:]))
    opened, count = Path.open, iter(range(100))

    def full(path, mode="r", *more, **others):
        if mode == "xb" and next(count) >= writes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return opened(path, mode, *more, **others)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(LakeWriteError, match="No space left"):
        compact(lake, plan)
    monkeypatch.undo()
    assert lake.list(COMPACTIONS) == []
    assert (live_paths(lake), live_rows(lake)) == (paths, before)
    assert compact(lake, plan)
    assert live_rows(lake) == before


def test_what_follows_a_gap_in_the_numbers_is_left_out(lake):
    """As a listing may show it; what the later one replaced is still there."""
    fill(lake)
    before, paths = live_rows(lake), live_paths(lake)
    compact_all(lake)
    land(lake, "late", [transaction("late", DAY), transaction("late2", DAY + timedelta(days=1))])
    compact_all(lake)
    for day in ("2026-05-01", "2026-05-02"):
        lake.delete([f"compactions/transactions/{day}.000001.json"])
    assert [path for path in live_paths(lake) if "late" not in path] == paths
    assert [row for row in live_rows(lake) if row["_batch_id"] != "late"] == before


def test_only_the_wanted_columns_of_a_batch_are_read(lake):
    fill(lake)
    entry = Ledger(lake).entry("transactions", "batch-b")
    names = ["_position", "transaction_id", "amount"]
    before = LiveFiles(lake, "transactions").records(entry, names)
    compact_all(lake)
    after = LiveFiles(lake, "transactions").records(entry, names)
    assert after.column_names == names
    assert after.equals(before)
    assert after.column("transaction_id").to_pylist() == ["b0", "b2", "b1"]


def test_batches_are_found_across_row_groups(lake, monkeypatch):
    monkeypatch.setattr(compaction, "_ROW_GROUP_ROWS", 4)
    fill(lake, "hgfedcba", rows=10)
    by_batch = rows_by_batch(lake)
    compact_all(lake)
    content = pq.ParquetFile(io.BytesIO(lake.read(live_paths(lake)[0])))
    assert content.num_row_groups == 10
    assert rows_by_batch(lake) == by_batch


def test_a_plan_says_what_gives_way():
    plan = Plan("transactions", date(2026, 1, 1), 1, ())
    assert (plan.files, plan.size_bytes) == ((), 0)


def test_readers_that_began_before_find_what_they_listed(lake):
    fill(lake)
    live, entries = LiveFiles(lake, "transactions"), list(Ledger(lake).entries())
    compact_all(lake)
    assert all(lake.exists(file.path) for file in live.of(entries))
    assert {path for path in lake.list(RAW)} > set(live_paths(lake))
