"""`sentinel quarantine` and `sentinel replay`: what people see."""

from datetime import datetime

import pyarrow as pa
import pytest
import typer
from typer.testing import CliRunner

from sentinel.contracts import contract
from sentinel.delivery import deliver
from sentinel.lake import Lake
from sentinel.ledger import Ledger
from sentinel.transform import Arriving, ReferenceIds, Tokeniser, UnreadableRecord
from streaming_ingest.replay.commands import app, replay_history
from tests.support.events import terminal, transaction

NOON = datetime(2026, 3, 1, 12)
TOKENISER = Tokeniser(b"test key")


@pytest.fixture
def lake(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("SENTINEL_LAKE_URL", raising=False)
    return Lake(str(tmp_path / "home" / "lake"))


def land(lake, dataset, batch_id, rows, at=NOON, **more):
    table = pa.table({name: [row.get(name) for row in rows] for name in rows[0]})
    arriving = Arriving(batch_id, f"file {batch_id}", table, at, **more)
    deliver(lake, contract(dataset), arriving, TOKENISER)


@pytest.fixture
def rejected(lake):
    """Two batches with rejected records: a missing amount, an unknown terminal, a torn line."""
    known = ReferenceIds("terminal_id", pa.array(["m0"], pa.string()))
    rows = [transaction("t1", NOON, amount=None), transaction("t2", NOON, terminal_id="m2")]
    land(lake, "transactions", "first", rows, references=(known,))
    torn = UnreadableRecord(7, '{"transaction_id": "t3", "full_name": "Ada', "malformed_json")
    rows = [transaction("t4", datetime(2026, 3, 2))]
    land(lake, "transactions", "second", rows, datetime(2026, 3, 2), unreadable=(torn,))
    return lake


def said(*arguments, command=app):
    done = CliRunner().invoke(command, [str(each) for each in arguments])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ((), {"missing_value", "unknown_reference", "malformed_json"}),
        (("--dataset", "terminals"), set()),
        (("--reason", "missing_value"), {"missing_value"}),
        (("--source", "file second"), {"malformed_json"}),
        (("--day", "2026-03-01"), {"missing_value", "unknown_reference"}),
        (("--limit", "1"), {"missing_value", "unknown_reference", "malformed_json"}),
    ],
)
def test_list_counts_what_is_selected(rejected, options, shown):
    output = said("list", *options)
    found = {reason for reason in ("missing_value", "unknown_reference", "malformed_json")
             if reason in output}  # fmt: skip
    assert found == shown
    assert f"of {len(shown)} records" in output


def test_show_prints_a_record_whole(rejected):
    output = said("show", "first", "--position", "1")
    for part in ("unknown_reference (terminal_id)", "file first", "position 1",
                 '"transaction_id": "t2"', "2026-03-01 12:00:00"):  # fmt: skip
        assert part in output
    assert "t1" not in output
    assert "No rejected record" in said("show", "first", "--position", "9")


def test_nothing_personal_is_shown(rejected):
    assert "Ada" not in said("list") + said("show", "second")


def test_replay_says_what_it_did_and_list_leaves_it_out(rejected):
    land(rejected, "terminals", "masters", [terminal("m2", datetime(2026, 1, 1))])
    assert "Would be delivered" in said("replay", "--dry-run")
    assert not [e for e in Ledger(rejected).entries() if e.replayed_row_count]
    assert "delivered as transactions-replay-000000" in said("replay")
    assert "unknown_reference" not in said("list")
    assert "unknown_reference" in said("list", "--replayed")
    assert "replayed yes" in said("show", "first", "--position", "1")


def test_history_can_be_looked_at_before_it_is_replayed(rejected, tmp_path):
    command = typer.Typer()
    command.command()(replay_history)
    days = ("--from", "2026-03-01", "--to", "2026-03-02")
    assert "transactions: 1 batches" in said(*days, "--dry-run", command=command)
    into = tmp_path / "copy"
    output = said(*days, "--into", into, command=command)
    assert "1 records" in output and f"SENTINEL_HOME={into}" in output
    (entry,) = Ledger(Lake(str(into / "lake"))).entries()
    assert (entry.batch_id, entry.delivered_row_count) == ("second", 1)
    none = said("--from", "2020-01-01", "--to", "2020-01-01", command=command)
    assert "No batch has events in these days" in none


def test_a_copy_has_the_days_and_the_versions_before_them(lake, tmp_path):
    command = typer.Typer()
    command.command()(replay_history)
    versions = [terminal("m1", datetime(2026, month, 1)) for month in (1, 2, 4)]
    land(lake, "terminals", "masters", versions, datetime(2026, 5, 1))
    events = [transaction(f"t{day}", datetime(2026, 3, day)) for day in (1, 2, 3)]
    land(lake, "transactions", "events", events, datetime(2026, 5, 1))
    into = tmp_path / "copy"
    said("--from", "2026-03-02", "--to", "2026-03-02", "--into", into, command=command)
    counts = {e.dataset: e.delivered_row_count for e in Ledger(Lake(str(into / "lake"))).entries()}
    assert counts == {"terminals": 2, "transactions": 1}
