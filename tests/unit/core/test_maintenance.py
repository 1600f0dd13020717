"""`sentinel compact` and what Dagster runs: both jobs in order, told to people."""

from datetime import datetime, timedelta

import boto3
import pytest
import typer
from core_lakes import s3_lake
from typer.testing import CliRunner

from sentinel.commands.compact import compact
from sentinel.compaction import Limits
from sentinel.errors import CompactionError
from sentinel.lake import COMPACTIONS, RAW, Lake
from sentinel.ledger import utc_now
from sentinel.maintenance import check_readers, maintain
from sentinel.process_lock import ProcessBusyError, only_process
from sentinel.settings import Settings
from tests.support.compactions import AT_ONCE, land, live_rows
from tests.support.events import terminal, transaction

DAY = datetime(2026, 5, 1, 10)
BOTH = ("transactions", "terminals")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SENTINEL_ENVIRONMENT", "local")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("SENTINEL_LAKE_URL", raising=False)
    return Lake(str(tmp_path / "home" / "lake"))


def fill(lake: Lake) -> None:
    for name in "abcde":
        land(lake, name, [transaction(f"{name}{day}", DAY + timedelta(days=day)) for day in (0, 1)])
        land(lake, f"m-{name}", [terminal(name, DAY)], "terminals")


def run(*arguments: str):
    app = typer.Typer()
    app.command()(compact)
    return CliRunner().invoke(app, arguments)


def test_the_command_compacts_and_says_so(home):
    fill(home)
    before = live_rows(home)
    done = run()
    assert done.exit_code == 0, (done.output, done.exception)
    lines = {line.split()[1]: line.split() for line in done.output.splitlines() if "│" in line}
    assert lines["transactions"][3:8:2] == ["2", "10", "2"]
    assert lines["terminals"][3:8:2] == ["1", "5", "1"]
    assert live_rows(home) == before
    assert len(home.list(COMPACTIONS)) == 3


def test_a_trial_run_writes_and_removes_nothing(home):
    fill(home)
    before = home.list(RAW)
    done = run("--dry-run")
    assert done.exit_code == 0, done.output
    assert "What would be done" in done.output
    assert (home.list(RAW), home.list(COMPACTIONS)) == (before, [])
    (first, _) = maintain(home, BOTH, AT_ONCE, 7, dry_run=True)
    assert (first.files_before, first.files_after, first.bytes_after) == (10, 2, None)


@pytest.mark.parametrize(
    ("options", "days"),
    [
        (("--dataset", "terminals"), 1),
        (("--fewest-files", "6"), 0),
        (("--closed-after", "100000"), 0),
    ],
)
def test_options_choose_what_is_compacted(home, options, days):
    fill(home)
    assert run(*options).exit_code == 0
    assert len(home.list(COMPACTIONS)) == days


def test_help_tells_what_it_does(home):
    said = run("--help").output
    for word in ("--dry-run", "--delete-after", "--keep-replaced", "never both"):
        assert word in said


def test_one_process_at_a_time_works_on_a_lake(home):
    with only_process(Settings.load(), "compacting", ""):
        done = run()
    assert isinstance(done.exception, ProcessBusyError)


def test_files_go_after_their_days_and_stay_where_that_is_said(lake):
    fill(lake)
    before = live_rows(lake)
    maintain(lake, BOTH, AT_ONCE, 7)
    count = len(lake.list(RAW))
    for days, keeps, is_dry, removed in [
        (6, None, False, 0), (8, True, False, 0), (8, None, True, 15), (8, False, False, 15),
        (9, None, False, 0),
    ]:  # fmt: skip
        now = utc_now() + timedelta(days=days)
        done = maintain(lake, BOTH, AT_ONCE, 7, keeps, is_dry, now=now)
        assert sum(len(each.unused.replaced) for each in done) == removed
        assert sum(len(each.unused.abandoned) for each in done) == 0
        if removed and not is_dry:
            count -= removed
        assert len(lake.list(RAW)) == count
    assert live_rows(lake) == before


def test_nothing_is_removed_at_once(lake):
    with pytest.raises(ValueError, match="a day at least"):
        maintain(lake, BOTH, AT_ONCE, 0)


def test_where_objects_are_locked_nothing_is_removed_unless_asked_for(s3):
    address, _ = s3
    client = boto3.client("s3", endpoint_url=address)
    client.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    lake = Lake("s3://locked/lake", {"endpoint_url": address})
    assert lake.is_locked
    assert not s3_lake(address).is_locked
    fill(lake)
    maintain(lake, BOTH, AT_ONCE, 7)
    before, now = lake.list(RAW), utc_now() + timedelta(days=8)
    maintain(lake, BOTH, AT_ONCE, 7, now=now)
    assert lake.list(RAW) == before
    maintain(lake, BOTH, AT_ONCE, 7, keeps_replaced=False, now=now)
    assert len(lake.list(RAW)) == 3


def test_people_are_told_that_a_lock_keeps_files(home, monkeypatch):
    fill(home)
    assert "locks objects" not in run().output
    monkeypatch.setattr(Lake, "is_locked", True)
    assert "locks objects" in run().output
    assert "locks objects" not in run("--delete-replaced").output


def test_a_bucket_that_may_not_be_asked_counts_as_locked(s3, monkeypatch):
    lake = s3_lake(s3[0])
    error = lake._store.client.exceptions.ClientError

    def denied(**_):
        raise error({"Error": {"Code": "AccessDenied"}}, "GetObjectLockConfiguration")

    monkeypatch.setattr(lake._store.client, "get_object_lock_configuration", denied)
    assert lake.is_locked


def test_a_day_that_another_process_compacts_first_is_told(home, monkeypatch):
    fill(home)

    def another_is_first(plan, number, count):
        assert (number, count) in {(1, 3), (2, 3), (3, 3)}
        if number == 2:
            maintain(home, ["transactions"], AT_ONCE, 7)

    first, second = maintain(home, BOTH, Limits(), 7, on_day=another_is_first)
    assert (first.days, first.days_taken, first.files_before, first.files_after) == (1, 1, 5, 1)
    assert (second.days, second.days_taken) == (1, 0)


def test_a_lake_that_is_read_by_folders_is_refused(monkeypatch, home):
    monkeypatch.setenv("SENTINEL_ENVIRONMENT", "prod")
    monkeypatch.setenv("SENTINEL_LAKE_URL", "s3://nowhere/lake")
    with pytest.raises(CompactionError, match="by folders of a catalogue"):
        check_readers(Settings.load())
    assert isinstance(run().exception, CompactionError)
