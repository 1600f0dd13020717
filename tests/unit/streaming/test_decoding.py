"""One bad record has its reason, and changes nothing for the others."""

import json
from datetime import datetime

import pytest

from sentinel.contracts import contract
from sentinel.transform import Arriving, Tokeniser, transform
from streaming_ingest.decoding import LARGEST_RECORD_BYTES, decode
from streaming_ingest.streams import StreamRecord
from tests.support.events import transaction

NOW = datetime(2024, 3, 2)
TRANSACTIONS = contract("transactions")


def as_bytes(**changes) -> bytes:
    return json.dumps({**transaction("t1"), **changes}, default=str).encode()


def arriving(*payloads: bytes) -> list[StreamRecord]:
    return [StreamRecord(data, str(number), NOW) for number, data in enumerate(payloads)]


UNREADABLE = {
    b'{"transaction_id": "t1", "amo': ("malformed_json", None),
    b"": ("malformed_json", None),
    b'{"amount": NaN}': ("malformed_json", None),
    b'["t1"]': ("not_an_object", None),
    b'"t1"': ("not_an_object", None),
    b'{"transaction_id": "\xff"}': ("invalid_utf8", None),
    b'{"amount": 1, "amount": 2}': ("duplicate_key", "amount"),
    b'{"amount" : 1, "amount" : 2}': ("duplicate_key", "amount"),
    # A key that nobody declared may be personal.
    b'{"anna@example.org": 1, "anna@example.org": 2}': ("duplicate_key", None),
    as_bytes(_schema_version=99): ("unknown_schema_version", "_schema_version"),
    as_bytes(_schema_version=True): ("unknown_schema_version", "_schema_version"),
    as_bytes(_schema_version="1"): ("unknown_schema_version", "_schema_version"),
    as_bytes(device_id="x" * 2 * 2**20): ("record_too_large", None),
    b'{"a": ' + b"[" * 100_000: ("malformed_json", None),
}
INVALID = {
    as_bytes(amount="much"): ("wrong_type", "amount"),
    as_bytes(amount=-1): ("below_minimum", "amount"),
    as_bytes(amount="NaN"): ("wrong_type", "amount"),
    as_bytes(transaction_at="0001-01-01T00:00:00Z"): ("event_too_early", "transaction_at"),
    as_bytes(transaction_at="9999-12-31T23:59:59Z"): ("event_after_ingestion", "transaction_at"),
    as_bytes(device_id="pan 4111 1111 1111 1111"): ("personal_data", "device_id"),
    as_bytes(customer_id=None): ("missing_value", "customer_id"),
}


@pytest.mark.parametrize("payload", UNREADABLE, ids=lambda payload: repr(payload[:40]))
def test_what_cannot_be_read_is_named_and_delays_nothing(payload: bytes) -> None:
    decoded = decode(TRANSACTIONS, arriving(as_bytes(), payload, as_bytes()))
    (bad,) = decoded.unreadable
    assert (bad.reason, bad.field) == UNREADABLE[payload]
    assert bad.position == 1
    assert decoded.records.column("_position").to_pylist() == [0, 2]


@pytest.mark.parametrize("payload", INVALID, ids=lambda payload: repr(payload[-60:]))
def test_what_breaks_the_contract_is_quarantined_with_its_reason(payload: bytes) -> None:
    decoded = decode(TRANSACTIONS, arriving(as_bytes(), payload, as_bytes()))
    batch = Arriving("b", "s", decoded.records, NOW, decoded.unreadable)
    done = transform(TRANSACTIONS, batch, Tokeniser(b"key"))
    assert done.delivered.column("_position").to_pylist() == [0, 2]
    (rejected,) = done.rejected.to_pylist()
    assert (rejected["reason"], rejected["field"]) == INVALID[payload]
    assert "4111" not in rejected["payload"]


def test_colons_in_values_and_nested_objects_are_no_duplicate_keys() -> None:
    payloads = (as_bytes(device_id='a":b'), as_bytes(more={"amount": 1}))
    assert decode(TRANSACTIONS, arriving(*payloads)).unreadable == ()


def test_the_largest_record_is_read() -> None:
    room = LARGEST_RECORD_BYTES - len(as_bytes(device_id=""))
    assert not decode(TRANSACTIONS, arriving(as_bytes(device_id="x" * room))).unreadable
    assert decode(TRANSACTIONS, arriving(as_bytes(device_id="x" * (room + 1)))).unreadable


def test_the_stream_says_when_a_record_came_in_not_the_record() -> None:
    decoded = decode(TRANSACTIONS, arriving(as_bytes(_ingested_at="2020-01-01", _position=7)))
    assert decoded.records.column("_ingested_at").to_pylist() == [NOW]
    assert decoded.records.column("_position").to_pylist() == [0]


def test_nothing_arrived() -> None:
    assert decode(TRANSACTIONS, []).records.num_rows == 0
