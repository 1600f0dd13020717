"""Debezium's envelopes: what is read of them, and what cannot be."""

import json

import pytest

from streaming_ingest.change_data_capture import envelope
from streaming_ingest.change_data_capture.envelope import UnreadableEnvelopeError

SOURCE = {
    "version": "3.0.0.Final", "connector": "postgresql", "name": "shop", "ts_ms": 1_700_000_000_123,
    "snapshot": "false", "db": "shop", "sequence": '["100","120"]', "schema": "public",
    "table": "customers", "txId": 7, "lsn": 120, "xmin": None,
}  # fmt: skip


def made(op="c", before=None, after=None, wrapped=False, **source):
    payload = {
        "before": before, "after": after, "op": op, "ts_ms": 1, "transaction": None,
        "source": {name: value for name, value in {**SOURCE, **source}.items() if value != "-"},
    }  # fmt: skip
    told = {"schema": {"type": "struct"}, "payload": payload} if wrapped else payload
    return json.dumps(told).encode()


@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "with schema"])
def test_a_creation_is_the_row_after_it(wrapped):
    change = envelope.read(made(after={"customer_id": "a"}, wrapped=wrapped))
    assert (change.operation, change.row, change.table) == ("c", {"customer_id": "a"}, "customers")
    assert change.committed_at == 1_700_000_000_123_000
    assert change.position == (100, 120)
    assert not change.is_initial


def test_a_deletion_is_the_row_before_it():
    change = envelope.read(made("d", before={"customer_id": "a"}))
    assert (change.operation, change.row) == ("d", {"customer_id": "a"})


def test_microseconds_count_where_the_source_gives_them():
    change = envelope.read(made(after={}, ts_us=1_700_000_000_123_456))
    assert change.committed_at == 1_700_000_000_123_456


@pytest.mark.parametrize("data", [b"", b"null", b'{"schema": null, "payload": null}'])
def test_a_tombstone_is_no_change(data):
    assert envelope.read(data) is None


@pytest.mark.parametrize(
    ("snapshot", "is_initial"),
    [("true", True), (True, True), ("first", True), ("last", True), ("incremental", False)],
)
def test_a_snapshot_begins_the_order_unless_it_is_incremental(snapshot, is_initial):
    change = envelope.read(made("r", after={}, snapshot=snapshot, sequence='[null,"120"]'))
    assert change.is_initial is is_initial
    assert change.position == (0, 120)


def test_a_snapshot_may_have_no_position():
    assert envelope.read(made("r", after={}, sequence="-")).position is None


def test_a_value_the_log_left_out_comes_from_before():
    row = {"customer_id": "a", "segment": envelope.UNAVAILABLE}
    change = envelope.read(made("u", before={"segment": "retail"}, after=row))
    assert change.row == {"customer_id": "a", "segment": "retail"}


UNREADABLE = [
    (b"{", "malformed_json", None),
    (b'{"op": "c\xff"}', "malformed_json", None),
    (b"[" * 100_000, "malformed_json", None),
    (b"[]", "not_an_object", None),
    (b'{"schema": {}, "payload": 7}', "not_an_object", None),
    (b'{"customer_id": "a"}', "not_a_change_envelope", None),
    (b'{"op": "c", "after": [], "source": {}}', "not_a_change_envelope", None),
    (made("t"), "unknown_operation", None),
    (made("c"), "row_not_in_envelope", None),
    (made("d", after={"customer_id": "a"}), "row_not_in_envelope", None),
    (made(after={}, ts_ms="-"), "commit_time_not_in_envelope", None),
    (made(after={}, sequence="-"), "source_position_not_in_envelope", None),
    (made(after={}, sequence="100"), "source_position_not_in_envelope", None),
    (made(after={}, sequence='["x","y"]'), "source_position_not_in_envelope", None),
    (made(after={}, sequence="[]"), "source_position_not_in_envelope", None),
    (made("u", after={"segment": envelope.UNAVAILABLE}), "value_not_in_envelope", "segment"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "reason", "field"), UNREADABLE)
def test_what_cannot_be_read_says_why(data, reason, field):
    with pytest.raises(UnreadableEnvelopeError) as raised:
        envelope.read(data)
    assert (raised.value.reason, raised.value.field) == (reason, field)


def test_what_is_written_is_read():
    source = {"table": "customers", "lsn": 9, "sequence": '["5","9"]', "snapshot": "false",
              "ts_us": 1_700_000_000_000_001}  # fmt: skip
    change = envelope.read(envelope.write("u", {"a": 1}, {"a": 2}, source))
    assert (change.row, change.position) == ({"a": 2}, (5, 9))
    assert change.committed_at == source["ts_us"]
