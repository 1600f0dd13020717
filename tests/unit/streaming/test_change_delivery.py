"""Envelopes into versions: order, repetitions, times, and what cannot be read."""

import io
import json
from datetime import datetime, timedelta

import pyarrow.parquet as pq
import pytest

from sentinel.contracts import contract
from sentinel.lake import Lake
from sentinel.ledger import Ledger
from streaming_ingest.change_data_capture.delivery import CaptureBusyError, ChangeDelivery
from streaming_ingest.change_data_capture.streamed import StreamedChanges
from streaming_ingest.local_stream import LocalStream
from streaming_ingest.streams import Outgoing, StreamRecord
from tests.support.changes import TOKENISER, history, versions

NOON = datetime(2026, 3, 1, 12)
MILLISECONDS = 1_772_366_400_000


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


def envelope(segment, position, op="u", key="a", ts_ms=MILLISECONDS, **more):
    row = {"customer_id": key, "segment": segment, **more}
    source = {"ts_ms": ts_ms, "lsn": position[1], "table": "customers", "snapshot": "false",
              "sequence": json.dumps([str(place) for place in position])}  # fmt: skip
    if op == "r":
        source |= {"snapshot": "true", "sequence": None}
    sides = {"before": row, "after": None} if op == "d" else {"before": None, "after": row}
    return json.dumps({"op": op, "source": source, **sides}).encode()


def records(*contents, at=NOON):
    return [StreamRecord(data, str(number), at) for number, data in enumerate(contents)]


def delivery(lake):
    return ChangeDelivery(lake, contract("customers"), TOKENISER, "shop", "a test")


def segments(lake):
    return history(lake, "customers", "customer_id", "segment")


def test_changes_at_one_instant_are_told_apart_by_microseconds(lake):
    delivery(lake).deliver(records(*(envelope(str(n), (10, n)) for n in range(3))))
    times = [row["updated_at"] for row in versions(lake, "customers")]
    assert times == [NOON + timedelta(microseconds=n) for n in range(3)]


def test_rows_of_one_transaction_hold_from_one_time(lake):
    changes = (envelope("x", (10, n), key=f"c{n}") for n in range(3))
    delivery(lake).deliver(records(*changes))
    assert {row["updated_at"] for row in versions(lake, "customers")} == {NOON}


def test_a_clock_set_back_does_not_turn_history_around(lake):
    for number, ts_ms in enumerate((MILLISECONDS, MILLISECONDS - 3_600_000, MILLISECONDS)):
        change = envelope(str(number), (number, number), ts_ms=ts_ms)
        delivery(lake).deliver(records(change))
    assert segments(lake) == {"a": ["0", "1", "2"]}


def test_a_source_whose_clock_is_ahead_is_not_rejected(lake):
    ahead = envelope("x", (1, 1), ts_ms=MILLISECONDS + 60_000)
    assert delivery(lake).deliver(records(ahead)).delivered_row_count == 1


def test_a_time_far_in_the_future_is_quarantined_and_moves_no_other(lake):
    future = envelope("x", (1, 1), ts_ms=MILLISECONDS * 2)
    done = delivery(lake).deliver(records(future, envelope("y", (2, 2))))
    assert (done.delivered_row_count, done.quarantined_row_count) == (1, 1)
    (row,) = versions(lake, "customers")
    assert row["updated_at"] == NOON


def test_a_time_that_no_calendar_has_is_quarantined(lake):
    done = delivery(lake).deliver(records(envelope("x", (1, 1), ts_ms=10**17)))
    assert done.quarantined_row_count == 1


def test_what_the_source_sends_again_is_left_out(lake):
    first = [envelope("1", (0, 5)), envelope("2", (5, 7)), envelope("3", (9, 8))]
    delivery(lake).deliver(records(*first))
    delivery(lake).deliver(records(*first[:2], envelope("4", (11, 12))))
    assert segments(lake) == {"a": ["1", "2", "3", "4"]}


def test_an_earlier_place_after_a_later_commit_is_no_repetition(lake):
    """Transactions overlap: the one that commits later may have written earlier."""
    changes = [envelope("b", (100, 120), key="b"), envelope("a", (130, 110), key="a")]
    delivery(lake).deliver(records(*changes))
    assert segments(lake) == {"b": ["b"], "a": ["a"]}


def test_a_tombstone_is_neither_delivered_nor_rejected(lake):
    done = delivery(lake).deliver(records(envelope("x", (1, 1), op="d"), b"null"))
    assert (done.delivered_row_count, done.quarantined_row_count) == (1, 0)
    assert delivery(lake).deliver(records(b"null")) is None


def test_a_deletion_is_a_version(lake):
    delivery(lake).deliver(records(envelope("x", (1, 1)), envelope("x", (2, 2), op="d")))
    assert segments(lake) == {"a": ["x", "deleted"]}


def test_what_cannot_be_read_is_quarantined_without_delaying_others(lake):
    contents = [b"{", envelope("x", (1, 1)), envelope("y", (2, 2), op="t")]
    done = delivery(lake).deliver(records(*contents))
    assert (done.delivered_row_count, done.quarantined_row_count) == (1, 2)
    rejected = pq.read_table(io.BytesIO(lake.read(done.rejected_file))).to_pylist()
    found = {(row["reason"], row["_position"]) for row in rejected}
    assert found == {("malformed_json", 0), ("unknown_operation", 2)}


def test_personal_values_of_an_unreadable_envelope_are_tokens(lake):
    change = envelope("x", (1, 1), op="t", full_name="Ada Lovelace", email="ada@example.org")
    done = delivery(lake).deliver(records(change))
    (row,) = pq.read_table(io.BytesIO(lake.read(done.rejected_file))).to_pylist()
    assert "Lovelace" not in row["payload"] and "example.org" not in row["payload"]


def test_a_snapshot_begins_the_order_anew(lake):
    delivery(lake).deliver(records(envelope("1", (500, 510))))
    restored = [envelope("2", (0, 0), op="r"), envelope("3", (20, 30))]
    delivery(lake).deliver(records(*restored))
    assert segments(lake) == {"a": ["1", "2", "3"]}


def test_another_process_with_the_same_feed_is_noticed(lake):
    one, other = delivery(lake), delivery(lake)
    one.deliver(records(envelope("1", (1, 1))))
    with pytest.raises(CaptureBusyError, match="one capture of feed 'shop'"):
        other.deliver(records(envelope("1", (1, 1)), envelope("2", (2, 2))))
    assert segments(lake) == {"a": ["1"]}


def test_the_same_attempt_repeated_is_one_batch(lake):
    one, other = delivery(lake), delivery(lake)
    one.deliver(records(envelope("1", (1, 1))))
    assert other.deliver(records(envelope("1", (1, 1)))).outcome == "already_committed"
    assert len(list(Ledger(lake).entries())) == 1


def test_a_feed_whose_name_begins_alike_is_another(lake):
    other = ChangeDelivery(lake, contract("customers"), TOKENISER, "shop-2", "a test")
    other.deliver(records(envelope("other", (900, 900), key="b")))
    delivery(lake).deliver(records(envelope("1", (1, 1))))
    delivery(lake).deliver(records(envelope("2", (2, 2))))
    assert segments(lake) == {"b": ["other"], "a": ["1", "2"]}


def test_a_snapshot_of_nothing_is_remembered(lake):
    delivery(lake).deliver([], ends_snapshot="slot")
    assert delivery(lake).progress.snapshot == "slot"
    delivery(lake).deliver(records(envelope("1", (1, 1))))
    assert segments(lake) == {"a": ["1"]}


def test_debezium_stands_in_the_place_of_the_capture(lake, tmp_path):
    stream = LocalStream(tmp_path / "shop-customers", clock=lambda: NOON)
    for number in range(6):
        stream.send([Outgoing("a", envelope(str(number), (number, number)))])
        if number % 2:
            changes = StreamedChanges(lake, contract("customers"), TOKENISER, stream)
            assert sum(done.delivered_row_count for done in changes.poll()) == 2
            assert changes.poll() == []
    assert segments(lake) == {"a": [str(number) for number in range(6)]}
