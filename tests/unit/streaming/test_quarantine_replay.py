"""Quarantined records are delivered once, when they are valid, and counted as produced once."""

import io
import json
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.contracts import contract
from sentinel.delivery import deliver
from sentinel.lake import Lake
from sentinel.ledger import Ledger
from sentinel.transform import Arriving, ReferenceIds, Tokeniser
from streaming_ingest.decoding import decode
from streaming_ingest.replay import recovery
from streaming_ingest.replay.quarantine import Selection, UnknownBatchError, quarantined
from streaming_ingest.replay.recovery import ReplayBusyError, recover
from streaming_ingest.streams import StreamRecord
from tests.support.events import terminal, transaction

NOON = datetime(2026, 3, 1, 12)
EVERYTHING = Selection()
TOKENISER = Tokeniser(b"test key")
CARD = "4111 1111 1111 1111"


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


def land(lake, batch_id, rows, dataset="transactions", references=(), at=NOON):
    names = dict.fromkeys(name for row in rows for name in row)
    table = pa.table({name: [row.get(name) for row in rows] for name in names})
    arriving = Arriving(batch_id, "a test", table, at, references=references)
    return deliver(lake, contract(dataset), arriving, TOKENISER)


def land_stream(lake, batch_id, *records):
    one = contract("transactions")
    contents = [json.dumps(each, default=str).encode() for each in records]
    decoded = decode(one, [StreamRecord(data, "0", NOON) for data in contents])
    arriving = Arriving(batch_id, "a stream", decoded.records, NOON, decoded.unreadable)
    return deliver(lake, one, arriving, TOKENISER)


@pytest.fixture
def newer(monkeypatch):
    """The contract's next version, which accepts one more channel."""
    one = contract("transactions")
    channels = one.column("channel").accepted_values
    columns = tuple(
        each.model_copy(update={"accepted_values": (*channels, "wearable")})
        if each.name == "channel" else each
        for each in one.columns
    )  # fmt: skip
    newer = one.model_copy(update={"version": one.version + 1, "columns": columns})

    def use():
        monkeypatch.setattr(recovery, "contract", lambda _: newer)
        return newer

    return use


def delivered(lake, dataset="transactions"):
    return [
        row
        for entry in Ledger(lake).entries(dataset)
        for file in entry.files
        for row in pq.ParquetFile(io.BytesIO(lake.read(file.path))).read().to_pylist()
    ]


def ids(lake):
    return sorted(row["transaction_id"] for row in delivered(lake))


def waiting(lake):
    return sorted((e.batch_id, e.position) for e in quarantined(lake, EVERYTHING)
                  if not e.is_replayed)  # fmt: skip


def check_counts(lake, produced):
    entries = list(Ledger(lake).entries("transactions"))
    assert sum(each.produced_row_count for each in entries) == produced
    rejected = sum(each.quarantined_row_count for each in entries)
    recovered = sum(each.replayed_row_count for each in entries)
    assert produced == len(delivered(lake)) + rejected - recovered
    assert len(waiting(lake)) == rejected - recovered


def test_what_a_newer_contract_accepts_gets_in_and_the_rest_stays(lake, newer):
    rows = [transaction("good"), transaction("watch", channel="wearable"),
            transaction("bad", channel="pigeon")]  # fmt: skip
    land(lake, "first", rows)
    assert recover(lake, TOKENISER, EVERYTHING).batch_ids == []
    one = newer()
    done = recover(lake, TOKENISER, EVERYTHING)
    assert done.recovered == {("transactions", "value_not_accepted"): 1}
    assert done.remaining == {("transactions", "value_not_accepted"): 1}
    assert ids(lake) == ["good", "watch"]
    assert waiting(lake) == [("first", 2)]
    entry = Ledger(lake).entry("transactions", done.batch_ids[0])
    assert (entry.produced_row_count, entry.replayed_row_count) == (0, 1)
    assert (entry.delivered_row_count, entry.schema_version) == (1, one.version)
    check_counts(lake, produced=3)


def test_a_second_replay_adds_nothing(lake, newer):
    land(lake, "first", [transaction("watch", channel="wearable")])
    newer()
    recover(lake, TOKENISER, EVERYTHING)
    before = list(Ledger(lake).entries())
    assert recover(lake, TOKENISER, EVERYTHING).batch_ids == []
    assert list(Ledger(lake).entries()) == before


def test_a_trial_run_delivers_nothing(lake, newer):
    land(lake, "first", [transaction("watch", channel="wearable")])
    newer()
    done = recover(lake, TOKENISER, EVERYTHING, dry_run=True)
    assert done.recovered.total() == 1
    assert ids(lake) == []


def test_reference_data_that_arrived_lets_its_records_in(lake):
    known = ReferenceIds("terminal_id", pa.array([], pa.string()))
    rows = [transaction("t1", terminal_id="m1"), transaction("t2", terminal_id="m2")]
    land(lake, "first", rows, references=(known,))
    assert recover(lake, TOKENISER, EVERYTHING).recovered.total() == 0
    land(lake, "masters", [terminal("m1", datetime(2026, 1, 1))], "terminals")
    done = recover(lake, TOKENISER, EVERYTHING)
    assert done.remaining == {("transactions", "unknown_reference"): 1}
    assert ids(lake) == ["t1"]
    check_counts(lake, produced=2)


def test_a_record_of_a_newer_schema_waits_until_it_is_known(lake, newer):
    version = contract("transactions").version + 1
    record = {**transaction("t1", NOON, channel="wearable"), "_schema_version": version,
              "loyalty": "gold", "card_number": CARD}  # fmt: skip
    land_stream(lake, "first", record)
    assert [each.reason for each in quarantined(lake, EVERYTHING)] == ["unknown_schema_version"]
    assert recover(lake, TOKENISER, EVERYTHING).recovered.total() == 0
    newer()
    recover(lake, TOKENISER, EVERYTHING)
    (row,) = delivered(lake)
    assert (row["transaction_id"], row["channel"]) == ("t1", "wearable")
    assert row["card_token"] == TOKENISER.token(CARD)
    assert json.loads(row["_extras"]) == {"loyalty": TOKENISER.token("gold")}


def test_tokens_stay_the_tokens_they_were(lake, newer):
    land(lake, "first", [transaction("t1", channel="wearable", card_number=CARD)])
    newer()
    recover(lake, Tokeniser(b"another key"), EVERYTHING)
    (row,) = delivered(lake)
    assert row["card_token"] == TOKENISER.token(CARD)


def test_a_replayed_record_keeps_the_time_it_entered(lake, newer):
    land(lake, "first", [transaction("t1", channel="wearable")], at=datetime(2026, 2, 1))
    newer()
    recover(lake, TOKENISER, EVERYTHING)
    (row,) = delivered(lake)
    assert row["_ingested_at"] == datetime(2026, 2, 1)


def test_personal_data_in_free_text_is_delivered_only_by_name(lake):
    land(lake, "first", [transaction("t1", device_id=f"card {CARD}")])
    assert recover(lake, TOKENISER, EVERYTHING).remaining.total() == 1
    assert recover(lake, TOKENISER, Selection(reason="personal_data")).recovered.total() == 1
    (row,) = delivered(lake)
    assert CARD not in row["device_id"] and "tok_" in row["device_id"]


@pytest.mark.parametrize(
    "bad", [b"{", b"[]", b'{"transaction_id": "a", "transaction_id": "b"}', b"\xff", b""]
)
def test_what_cannot_be_read_stays(lake, bad):
    one = contract("transactions")
    decoded = decode(one, [StreamRecord(bad, "0", NOON)])
    deliver(lake, one, Arriving("b", "s", decoded.records, NOON, decoded.unreadable), TOKENISER)
    assert recover(lake, TOKENISER, EVERYTHING).remaining.total() == 1
    assert delivered(lake) == []


def test_only_what_is_selected_is_taken(lake, newer):
    for number in range(3):
        land(lake, f"b{number}", [transaction(f"t{number}", channel="wearable")])
    newer()
    recover(lake, TOKENISER, Selection("transactions", "b1"))
    assert ids(lake) == ["t1"]
    recover(lake, TOKENISER, Selection(reason="value_not_accepted"))
    assert ids(lake) == ["t0", "t1", "t2"]


def test_a_batch_that_is_not_there_is_an_error(lake):
    with pytest.raises(UnknownBatchError, match="no batch 'nothing'"):
        recover(lake, TOKENISER, Selection(batch_id="nothing"))


def test_of_two_replays_at_once_one_delivers(lake, newer, monkeypatch):
    land(lake, "first", [transaction("t1", channel="wearable")])
    newer()
    judge = recovery._valid

    def meanwhile(*arguments):
        found = judge(*arguments)
        monkeypatch.setattr(recovery, "_valid", judge)
        recover(lake, TOKENISER, EVERYTHING)
        return found

    monkeypatch.setattr(recovery, "_valid", meanwhile)
    with pytest.raises(ReplayBusyError, match="run the command again"):
        recover(lake, TOKENISER, EVERYTHING)
    assert ids(lake) == ["t1"]


@pytest.mark.parametrize("cut", range(6))
def test_cut_off_anywhere_it_is_run_again(lake, newer, monkeypatch, cut):
    land(lake, "first", [transaction("t1", channel="wearable"), transaction("t2", channel="-")])
    newer()
    calls = []

    def cutting(method):
        def wrapped(*arguments):
            for after in (False, True):
                if len(calls) == cut:
                    calls.append("cut")
                    raise KeyboardInterrupt
                calls.append("call")
                if not after:
                    result = method(*arguments)
            return result

        return wrapped

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "put", cutting(Lake.put))
        patch.setattr(Lake, "put_if_absent", cutting(Lake.put_if_absent))
        with pytest.raises(KeyboardInterrupt):
            recover(lake, TOKENISER, EVERYTHING)
    recover(lake, TOKENISER, EVERYTHING)
    assert ids(lake) == ["t1"]
    check_counts(lake, produced=2)


channels = st.sampled_from(("atm", "wearable", "pigeon"))
batches = st.lists(st.lists(channels, max_size=4), max_size=4)
selections = st.lists(
    st.sampled_from((EVERYTHING, Selection(batch_id="b0"), Selection(reason="missing_value"))),
    max_size=4,
)


@given(landed=batches, replays=selections)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_any_sequence_of_replays_delivers_each_valid_record_once(tmp_path_factory, landed, replays):
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    one = contract("transactions")
    for number, rejected in enumerate(landed):
        rows = [transaction(f"{number}-{place}", channel=channel)
                for place, channel in enumerate(rejected)]  # fmt: skip
        land(lake, f"b{number}", rows or [transaction(f"{number}-0")])
    columns = tuple(
        each.model_copy(update={"accepted_values": ("atm", "wearable")})
        if each.name == "channel" else each
        for each in one.columns
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recovery, "contract", lambda _: one.model_copy(update={"columns": columns}))
        for selection in [*replays, EVERYTHING, EVERYTHING]:
            if selection.batch_id is None or landed:
                recover(lake, TOKENISER, selection)
    expected = sorted(
        f"{number}-{place}"
        for number, rejected in enumerate(landed)
        for place, channel in enumerate(rejected or ["atm"])
        if channel != "pigeon"
    )
    assert ids(lake) == expected
    check_counts(lake, produced=sum(len(rejected) or 1 for rejected in landed))
