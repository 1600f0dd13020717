"""Cleaning: nothing that is or may yet be read goes, what nobody will read does."""

import os
from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from sentinel.cleaning import Unused, remove, unused
from sentinel.compaction import compact, plans
from sentinel.contracts import contract
from sentinel.delivery import deliver
from sentinel.errors import LakeWriteError
from sentinel.lake import COMPACTIONS, LEDGER, QUARANTINE, RAW, Lake
from sentinel.ledger import Ledger, utc_now
from sentinel.transform import Arriving, Tokeniser
from tests.support.compactions import AT_ONCE, land, live_rows
from tests.support.events import transaction

DAY = datetime(2026, 5, 1, 10)


def fill(lake: Lake, names: str = "abc") -> None:
    for name in names:
        bad = transaction(f"bad-{name}", DAY, amount=None)
        land(lake, name, [transaction(name, DAY), bad])


def compact_all(lake: Lake) -> None:
    found = plans(lake, "transactions", AT_ONCE, utc_now().date())
    assert found and all(compact(lake, plan) for plan in found)


def abandon(lake: Lake, monkeypatch, name: str = "cut-off") -> list[str]:
    """A delivery that is interrupted before its commit; the files it leaves."""
    before = set(lake.list(RAW) + lake.list(QUARANTINE))
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "commit", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            fill(lake, [name])
    left = set(lake.list(RAW) + lake.list(QUARANTINE)) - before
    assert len(left) == 2
    return sorted(left)


def in_days(days: float) -> datetime:
    """The time before which something must have happened, so many days from now."""
    return utc_now() + timedelta(days=days)


def test_what_was_replaced_goes_after_its_time_and_the_rows_stay(lake):
    fill(lake)
    replaced, before = lake.list(RAW), live_rows(lake)
    compact_all(lake)
    assert unused(lake, "transactions", in_days(-7)) == Unused((), ())
    found = unused(lake, "transactions", in_days(1))
    assert (sorted(found.replaced), found.abandoned) == (replaced, ())
    remove(lake, found, in_days(1))
    assert len(lake.list(RAW)) == 1
    assert live_rows(lake) == before
    assert unused(lake, "transactions", in_days(1)) == Unused((), ())
    remove(lake, found, in_days(1))  # once more
    assert live_rows(lake) == before


def test_a_removal_that_is_cut_off_goes_on_the_next_time(lake):
    fill(lake)
    compact_all(lake)
    before = live_rows(lake)
    found = unused(lake, "transactions", in_days(1))
    lake.delete(found.replaced[:1])
    again = unused(lake, "transactions", in_days(1))
    assert again.replaced == found.replaced[1:]
    remove(lake, again, in_days(1))
    assert live_rows(lake) == before


def test_what_no_entry_names_goes_once_it_is_old(lake, monkeypatch):
    fill(lake)
    committed = lake.list(RAW) + lake.list(QUARANTINE)
    left = abandon(lake, monkeypatch)
    assert unused(lake, "transactions", in_days(-7)) == Unused((), ())
    found = unused(lake, "transactions", in_days(1))
    assert (found.replaced, sorted(found.abandoned)) == ((), left)
    remove(lake, found, in_days(1))
    assert lake.list(RAW) + lake.list(QUARANTINE) == committed
    assert len(live_rows(lake)) == 3


def test_a_file_that_is_written_again_meanwhile_is_left_to_its_writer(lake, monkeypatch):
    """An attempt repeated after days writes the same file, and commits it a moment later."""
    (left, *_) = abandon(lake, monkeypatch)
    found = unused(lake, "transactions", in_days(1))
    old = utc_now() + timedelta(seconds=1)
    monkeypatch.setattr(Lake, "modified_at", lambda *_: old + timedelta(days=8))
    remove(lake, found, in_days(1))
    assert lake.exists(left)
    monkeypatch.setattr(Lake, "modified_at", lambda *_: None)  # gone, by another cleaner
    remove(lake, found, in_days(1))
    assert lake.exists(left)


def test_a_file_that_is_committed_between_listing_and_ledger_is_known(lake, monkeypatch):
    (left, *_) = abandon(lake, monkeypatch)
    listed = Lake.modified

    def and_then_committed(self, prefix):
        yield from list(listed(self, prefix))
        if prefix == f"{QUARANTINE}/transactions":
            fill(lake, ["cut-off"])

    monkeypatch.setattr(Lake, "modified", and_then_committed)
    assert unused(lake, "transactions", in_days(1)) == Unused((), ())
    assert lake.exists(left)


def test_the_files_of_a_compaction_that_lost_go_and_those_of_the_winner_stay(lake, monkeypatch):
    fill(lake, "ab")
    (mine,) = plans(lake, "transactions", AT_ONCE, utc_now().date())
    fill(lake, "c")
    before = live_rows(lake)
    (theirs,) = plans(lake, "transactions", AT_ONCE, utc_now().date())
    done = compact(lake, theirs)
    assert compact(lake, mine) is None
    (winner,) = (file.path for file in done.added)
    (loser,) = {path for path in lake.list(RAW) if "compacted" in path} - {winner}
    found = unused(lake, "transactions", in_days(1))
    assert found.abandoned == (loser,)
    assert sorted(found.replaced) == sorted(done.replaced)
    remove(lake, found, in_days(1))
    assert lake.list(RAW) == [winner]
    assert live_rows(lake) == before


def test_what_others_put_there_is_none_of_its_business(lake):
    """Firehose's objects wait for whoever commits them; a name may look like ours by chance."""
    folder = "raw/transactions/event_date=2026-05-01"
    for name in ("stream-1-2026-05-01-00-00-00-0d7a5c42-8f3e-4b6a-9c1d-0123456789ab.parquet",
                 "notes.txt", "part-0.parquet"):  # fmt: skip
        lake.put(f"{folder}/{name}", b"somebody's")
    assert unused(lake, "transactions", in_days(1)) == Unused((), ())


def test_replayed_and_quarantined_files_of_batches_stay(lake):
    fill(lake)
    taken = pa.table({"quarantined_batch_id": ["a"], "quarantined_position": [1]})
    rows = pa.Table.from_pylist([transaction("bad-a", DAY)])
    arriving = Arriving("replay", "quarantine", rows, datetime(2026, 6, 1))
    deliver(lake, contract("transactions"), arriving, Tokeniser(b"test key"), replayed=taken)
    assert len(lake.list("replayed")) == 1
    assert unused(lake, "transactions", in_days(1)) == Unused((), ())


def test_only_the_dataset_is_looked_at(lake, monkeypatch):
    abandon(lake, monkeypatch)
    assert unused(lake, "terminals", in_days(1)) == Unused((), ())


def test_temporary_files_of_killed_writers_go(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    fill(lake)
    folder = tmp_path / "lake" / "raw" / "transactions" / "event_date=2026-05-01"
    left = folder / f".x-0123456789ab.parquet.{'0' * 32}"
    left.write_bytes(b"half")
    (folder / ".hidden").write_bytes(b"somebody's")
    found = unused(lake, "transactions", in_days(1))
    assert [path.rsplit("/", 1)[-1] for path in found.abandoned] == [left.name]
    remove(lake, found, in_days(1))
    assert not left.exists()
    assert (folder / ".hidden").exists()


def test_age_is_that_of_the_file(tmp_path, monkeypatch):
    lake = Lake(str(tmp_path / "lake"))
    for path in abandon(lake, monkeypatch):
        os.utime(tmp_path / "lake" / path, (0, (utc_now() - timedelta(days=8)).timestamp()))
    fresh = abandon(lake, monkeypatch, "fresh")
    found = unused(lake, "transactions", in_days(-7))
    assert len(found.abandoned) == 2
    assert not set(fresh) & set(found.abandoned)


def test_a_file_that_cannot_be_removed_is_an_error_that_names_it(lake, monkeypatch):
    fill(lake)
    compact_all(lake)
    found = unused(lake, "transactions", in_days(1))
    if lake.is_local:
        monkeypatch.setattr("pathlib.Path.unlink", lambda *_, **__: (_ for _ in ()).throw(
            PermissionError(13, "Permission denied")))  # fmt: skip
    else:
        monkeypatch.setattr(lake._store.client, "delete_objects", lambda **given: {
            "Errors": [{"Key": given["Delete"]["Objects"][0]["Key"], "Code": "AccessDenied"}]
        })  # fmt: skip
    with pytest.raises(LakeWriteError, match="transactions"):
        remove(lake, found, in_days(1))


def test_ledger_and_compactions_are_never_touched(lake):
    fill(lake)
    compact_all(lake)
    before = lake.list(LEDGER) + lake.list(COMPACTIONS)
    remove(lake, unused(lake, "transactions", in_days(400)), in_days(400))
    assert lake.list(LEDGER) + lake.list(COMPACTIONS) == before
