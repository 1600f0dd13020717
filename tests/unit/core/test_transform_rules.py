"""Every rule of the transform, with a record that keeps it and one that breaks it."""

import json
from datetime import datetime

import pyarrow as pa
import pytest
from core_records import CARD_NUMBER, GOOD, RECEIVED_AT, TOKENISER, reasons, transformed

from sentinel.contracts import contract
from sentinel.transform import Arriving, ReferenceIds, UnreadableRecord, transform


def test_a_good_record_is_delivered_with_its_stamps():
    done = transformed(GOOD)

    (row,) = done.delivered.to_pylist()
    assert done.rejected.num_rows == 0
    assert done.delivered.schema == contract("transactions").lake_schema
    assert row["transaction_id"] == "t-1"
    assert str(row["amount"]) == "12.50"
    assert row["transaction_at"] == datetime(2026, 5, 31, 10)
    assert (row["_batch_id"], row["_source"], row["_position"]) == ("batch-1", "a test", 0)
    assert (row["_schema_version"], row["_ingested_at"]) == (1, RECEIVED_AT)
    assert row["_extras"] is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"transaction_id": None}, ("missing_value", "transaction_id")),
        ({"customer_id": ""}, ("missing_value", "customer_id")),
        ({"terminal_id": "  "}, ("missing_value", "terminal_id")),
        ({"amount": None}, ("missing_value", "amount")),
        ({"transaction_at": None}, ("missing_value", "transaction_at")),
        ({"amount": "-0.01"}, ("below_minimum", "amount")),
        ({"amount": "NaN"}, ("wrong_type", "amount")),
        ({"amount": "Infinity"}, ("wrong_type", "amount")),
        ({"amount": "twelve"}, ("wrong_type", "amount")),
        ({"amount": "12345678901234567.00"}, ("wrong_type", "amount")),
        ({"transaction_at": "yesterday"}, ("wrong_type", "transaction_at")),
        ({"transaction_at": "2026-02-30T00:00:00Z"}, ("wrong_type", "transaction_at")),
        ({"transaction_at": "2026-06-01T12:00:01Z"}, ("event_after_ingestion", "transaction_at")),
        ({"transaction_at": "1989-12-31T23:59:59Z"}, ("event_too_early", "transaction_at")),
        ({"currency": "euro"}, ("pattern_mismatch", "currency")),
        ({"country_code": "DEU"}, ("pattern_mismatch", "country_code")),
        ({"merchant_category_code": "123"}, ("pattern_mismatch", "merchant_category_code")),
        ({"channel": "fax"}, ("value_not_accepted", "channel")),
        ({"entry_mode": "swipe"}, ("value_not_accepted", "entry_mode")),
        ({"ip_address": "999.1.1.1"}, ("wrong_type", "ip_prefix")),
        ({"device_id": CARD_NUMBER}, ("personal_data", "device_id")),
        ({"terminal_id": "shop of ada@example.org"}, ("personal_data", "terminal_id")),
    ],
)
def test_a_record_that_breaks_a_rule_is_quarantined_and_no_other(change, reason):
    done = transformed(GOOD, {**GOOD, **change})

    assert reasons(done) == [reason]
    assert done.rejected.to_pylist()[0]["_position"] == 1
    assert done.delivered.num_rows == 1


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "0"},
        {"transaction_at": "2026-06-01T12:00:00Z"},
        {"transaction_at": "1990-01-01T00:00:00Z"},
        {"currency": "EUR", "country_code": "DE", "merchant_category_code": "5411"},
        {"channel": "atm", "entry_mode": "chip"},
        {"ip_address": "192.0.2.55"},
        {"device_id": "1234567890123456"},  # sixteen digits that fail the Luhn check
        {
            "transaction_id": CARD_NUMBER
        },  # keys are identifiers of the source, whatever they look like
    ],
)
def test_a_record_that_keeps_the_rule_is_delivered(change):
    assert transformed({**GOOD, **change}).delivered.num_rows == 1


def test_a_record_with_several_faults_is_quarantined_once():
    done = transformed({**GOOD, "amount": "-1", "channel": "fax", "customer_id": None})

    assert done.rejected.num_rows == 1
    assert done.delivered.num_rows == 0


def test_the_sources_own_ingestion_time_is_kept_and_judged_against():
    late = {
        **GOOD,
        "transaction_at": "2026-01-02T00:00:00Z",
        "_ingested_at": "2026-01-01T00:00:00Z",
    }
    fine = {**late, "transaction_at": "2026-01-01T00:00:00Z"}
    broken = {**fine, "_ingested_at": "soon"}

    done = transformed(late, fine, broken)

    assert reasons(done) == [
        ("event_after_ingestion", "transaction_at"),
        ("wrong_type", "_ingested_at"),
    ]
    assert done.delivered.column("_ingested_at").to_pylist() == [datetime(2026, 1, 1)]


def test_unknown_references_are_quarantined_only_where_told():
    known = pa.array(["c-1"])
    records = (GOOD, {**GOOD, "customer_id": "c-2"})

    strict = transformed(*records, references=(ReferenceIds("customer_id", known),))
    lenient = transformed(*records, references=(ReferenceIds("customer_id", known, "accept"),))

    assert reasons(strict) == [("unknown_reference", "customer_id")]
    assert lenient.delivered.num_rows == 2


def test_personal_columns_become_tokens_and_prefixes():
    done = transformed(
        {**GOOD, "card_number": CARD_NUMBER, "ip_address": "192.0.2.55"},
        {**GOOD, "card_number": "4111 1111-1111 1111", "ip_address": "2001:db8:1:2::9"},
    )

    tokens = done.delivered.column("card_token").to_pylist()
    assert tokens == [TOKENISER.token(CARD_NUMBER)] * 2
    assert done.delivered.column("ip_prefix").to_pylist() == ["192.0.2.0/24", "2001:db8:1::/48"]


def test_a_raw_value_in_a_token_column_is_tokenised_too():
    done = transformed({**GOOD, "card_token": CARD_NUMBER})

    assert done.delivered.column("card_token").to_pylist() == [TOKENISER.token(CARD_NUMBER)]


def test_unknown_columns_are_kept_as_tokens():
    done = transformed({**GOOD, "nickname": "Ada"}, {**GOOD, "nickname": None})

    first, second = done.delivered.column("_extras").to_pylist()
    assert done.unknown_columns == ("nickname",)
    assert json.loads(first) == {"nickname": TOKENISER.token("Ada")}
    assert second is None, "what another record of the batch has says nothing about this one"


def test_nothing_personal_stays_in_a_rejected_records_payload():
    rejected = {
        **GOOD, "amount": "-1", "card_number": CARD_NUMBER, "ip_address": "192.0.2.55",
        "terminal_id": "call ada@example.org", "nickname": "Ada Lovelace",
    }  # fmt: skip
    done = transformed(rejected)

    payload = done.rejected.column("payload")[0].as_py()
    for secret in (CARD_NUMBER, "192.0.2.55", "ada@example.org", "Ada", "Lovelace"):
        assert secret not in payload
    again = json.loads(payload)
    assert again["card_token"] == TOKENISER.token(CARD_NUMBER)
    assert again["ip_prefix"] == "192.0.2.0/24"
    assert again["amount"] == "-1"


@pytest.mark.parametrize(
    "value", [int(CARD_NUMBER), {"pan": CARD_NUMBER}, [CARD_NUMBER], CARD_NUMBER.encode()]
)
def test_a_card_number_of_another_type_does_not_stay_in_a_payload(value):
    table = pa.table({name: [given] for name, given in {**GOOD, "customer_id": value}.items()})
    table = table.set_column(3, "amount", pa.array(["-1"]))
    arriving = Arriving("batch-1", "a test", table, RECEIVED_AT)
    done = transform(contract("transactions"), arriving, TOKENISER)

    assert done.rejected.num_rows == 1
    assert CARD_NUMBER not in done.rejected.column("payload")[0].as_py()


@pytest.mark.parametrize("column", ["name_token", "email_token", "phone_token", "document_token"])
def test_a_raw_value_in_a_token_column_does_not_stay_in_a_payload(column):
    done = transformed(
        {"customer_id": None, "updated_at": "2026-01-01", column: "Ada Lovelace"},
        dataset="customers",
    )

    assert reasons(done) == [("missing_value", "customer_id")]
    assert "Ada" not in done.rejected.column("payload")[0].as_py()


def test_an_unreadable_record_keeps_its_place_but_none_of_its_words():
    line = '{"customer_id": "c-7", "full_name": "Ada Lovelace", "amount": 12.5, "phone": "+49 30 1'
    done = transformed(GOOD, unreadable=(UnreadableRecord(41, line, "malformed_json"),))

    (row,) = done.rejected.to_pylist()
    assert (row["reason"], row["field"], row["_position"]) == ("malformed_json", None, 41)
    assert row["payload"].startswith('{"customer_id": "tok_')
    assert '"amount": tok_' in row["payload"]
    for word in ("Ada", "Lovelace", "12.5", "c-7", "49", "30"):
        assert word not in row["payload"].replace(TOKENISER.token(word), "").split('"')
    assert "Lovelace" not in row["payload"]


def test_a_time_that_python_cannot_hold_is_quarantined_not_raised():
    table = pa.table(
        {**{name: [value] for name, value in GOOD.items()},
         "transaction_at": pa.array([2**61], pa.timestamp("us"))}
    )  # fmt: skip
    done = transform(contract("transactions"), Arriving("b", "s", table, RECEIVED_AT), TOKENISER)

    assert reasons(done) == [("wrong_type", "transaction_at")]


def test_no_records_are_no_error():
    done = transformed(GOOD)
    empty = Arriving("b", "s", pa.table({}), RECEIVED_AT)

    assert transform(contract("transactions"), empty, TOKENISER).delivered.num_rows == 0
    assert done.delivered.num_rows == 1


def test_what_looks_like_load_metadata_does_not_stay_in_the_clear_in_quarantine():
    forged = {"_extras": json.dumps({"name": "Ada"}), "_source": "Ada", "_batch_id": "Ada"}
    for extras in (forged["_extras"], "Ada", '["Ada"]'):
        done = transformed({**GOOD, **forged, "_extras": extras, "amount": "-1"})
        (payload,) = done.rejected.column("payload").to_pylist()
        assert "Ada" not in payload
    done = transformed({**GOOD, **forged, "amount": "-1"})
    kept = json.loads(done.rejected.column("payload")[0].as_py())
    assert json.loads(kept["_extras"]) == {"name": TOKENISER.token("Ada")}


def test_which_name_a_record_uses_for_a_personal_value_says_nothing_about_others():
    number = {**GOOD, "card_number": CARD_NUMBER, "ip_address": "192.0.2.55"}
    unnamed = {
        name: value for name, value in number.items() if name not in ("card_number", "ip_address")
    }
    token = {**unnamed, "card_token": TOKENISER.token(CARD_NUMBER), "ip_prefix": "192.0.2.0/24"}
    done = transformed(number, token, {**unnamed, "card_token": None, "ip_prefix": ""}, number)
    expected = TOKENISER.token(CARD_NUMBER)
    assert done.delivered.column("card_token").to_pylist() == [expected, expected, None, expected]
    prefix = "192.0.2.0/24"
    assert done.delivered.column("ip_prefix").to_pylist() == [prefix, prefix, None, prefix]
