"""The Lambda of Firehose: its contract, and that it is the same transform as everywhere."""

import base64
import io
import json
from decimal import Decimal

import duckdb
import pyarrow.json as pj
import pytest
from structlog.testing import capture_logs

from sentinel.contracts import contract
from sentinel.errors import SettingsError
from sentinel.transform import REJECTED_SCHEMA, Arriving, Tokeniser, transform
from streaming_ingest import firehose_transform
from streaming_ingest.decoding import decode
from streaming_ingest.firehose_transform import handler, transformed
from streaming_ingest.streams import StreamRecord
from tests.support.firehose_event import ARRIVED, SOURCE, STREAM, firehose_event, lines

TRANSACTIONS = contract("transactions")
TOKENISER = Tokeniser(b"a key for tests")
CARD_NUMBER = "4111111111111111"  # a published test number
PERSONAL = (CARD_NUMBER, "somebody@example.com", "192.0.2.77", "Erika Mustermann")


def record(**fields) -> bytes:
    good = {
        "transaction_id": "t-1",
        "customer_id": "c-1",
        "terminal_id": "m-1",
        "amount": 12.5,
        "transaction_at": "2026-05-31T10:00:00.123456Z",
        "card_number": CARD_NUMBER,
        "ip_address": "192.0.2.77",
    }
    return json.dumps({name: value for name, value in (good | fields).items() if value}).encode()


def answers(*contents: bytes, **options) -> list[dict]:
    return transformed(firehose_event(*contents, **options), TRANSACTIONS, TOKENISER)


def keys(answer: dict) -> tuple[str, str, str]:
    found = answer["metadata"]["partitionKeys"]
    assert set(found) == {"zone", "dataset", "event_date"}
    return found["zone"], found["dataset"], found["event_date"]


def test_an_accepted_record_is_a_line_of_json_by_the_lakes_schema():
    (answer,) = answers(record(note="a free column"))
    assert answer["recordId"] == f"{0:056d}"
    assert answer["result"] == "Ok"
    assert keys(answer) == ("raw", "transactions", "2026-05-31")
    line = base64.b64decode(answer["data"])
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    row = json.loads(line)
    assert set(row) <= set(TRANSACTIONS.lake_schema.names)
    assert row["amount"] == "12.50", "a decimal is text, which engines read exactly"
    assert row["transaction_at"] == "2026-05-31 10:00:00.123456"
    assert row["_ingested_at"] == "2026-06-01 12:00:00.250000"
    assert row["_batch_id"] == "firehose-invocation-1"
    assert row["_source"] == f"stream:{STREAM}"
    assert row["ip_prefix"] == "192.0.2.0/24"


def test_a_rejected_record_is_quarantined_and_not_handed_back_in_the_clear():
    event = firehose_event(
        record(customer_id=None, name="Erika Mustermann"),
        record(device_id="somebody@example.com"),
        b'{"transaction_id": "t-1", "card_number": "4111111111111111", ',
        b"\xff\xfe",
    )
    done = transformed(event, TRANSACTIONS, TOKENISER)
    assert [answer["result"] for answer in done] == ["Ok"] * 4
    assert {keys(answer) for answer in done} == {("quarantine", "transactions", "2026-06-01")}
    rows = lines(done, "quarantine")
    assert [(row["reason"], row.get("field")) for row in rows] == [
        ("missing_value", "customer_id"), ("personal_data", "device_id"),
        ("malformed_json", None), ("invalid_utf8", None),
    ]  # fmt: skip
    assert all(set(row) <= set(REJECTED_SCHEMA.names) for row in rows)
    assert [row["_position"] for row in rows] == [0, 1, 2, 3]
    assert {row["_ingested_at"] for row in rows} == {"2026-06-01 12:00:00.250000"}
    everything = json.dumps(rows)
    for personal in PERSONAL:
        assert personal not in everything


def test_every_record_is_answered_once_in_its_place():
    contents = [record(transaction_id=f"t-{n}", amount=-1 if n % 3 == 0 else 5) for n in range(50)]
    contents[7] = b""
    contents[9] = b"[]"
    event = firehose_event(*contents)
    done = transformed(event, TRANSACTIONS, TOKENISER)
    assert [answer["recordId"] for answer in done] == [one["recordId"] for one in event["records"]]
    for number, answer in enumerate(done):
        if number == 7:
            assert answer == {"recordId": f"{7:056d}", "result": "Dropped", "data": ""}
            continue
        row = json.loads(base64.b64decode(answer["data"]))
        assert row["_position"] == number
        assert keys(answer)[0] == ("quarantine" if number % 3 == 0 or number == 9 else "raw")


def test_records_without_content_are_dropped():
    done = answers(b"", b"\n", b" \t\r\n", b"{}")
    assert [answer["result"] for answer in done] == ["Dropped", "Dropped", "Dropped", "Ok"]
    assert answers() == []


def test_the_lambda_gives_what_local_delivery_gives():
    contents = [record(), record(amount="x"), record(transaction_id="t-2", extra="1"), b"{"]
    rows = [StreamRecord(one, "0", ARRIVED) for one in contents]
    decoded = decode(TRANSACTIONS, rows)
    arriving = Arriving(
        "firehose-invocation-1", f"stream:{STREAM}", decoded.records, ARRIVED, decoded.unreadable
    )
    expected = transform(TRANSACTIONS, arriving, TOKENISER)

    done = answers(*contents)

    def as_read(zone: str, schema) -> list[dict]:
        text = b"".join(
            base64.b64decode(answer["data"]) for answer in done if keys(answer)[0] == zone
        )
        options = pj.ParseOptions(explicit_schema=schema)
        return pj.read_json(io.BytesIO(text), parse_options=options).to_pylist()

    assert as_read("raw", TRANSACTIONS.lake_schema) == expected.delivered.to_pylist()
    assert as_read("quarantine", REJECTED_SCHEMA) == expected.rejected.to_pylist()


def test_large_amounts_stay_exact_for_engines_that_read_the_line(tmp_path):
    (answer,) = answers(record(amount="9999999999999999.99"))
    (tmp_path / "line.json").write_bytes(base64.b64decode(answer["data"]))
    amount = duckdb.sql(
        f"select amount from read_json('{tmp_path}/line.json', columns={{amount: 'decimal(18,2)'}})"
    ).fetchone()
    assert amount == (Decimal("9999999999999999.99"),)


def test_arrival_is_the_first_streams_so_a_repeated_call_says_the_same():
    kinesis_arrived = ARRIVED.replace(hour=9)
    (first,) = answers(record(), arrived=ARRIVED, kinesis_arrived=kinesis_arrived)
    (again,) = answers(
        record(), arrived=ARRIVED.replace(minute=30), kinesis_arrived=kinesis_arrived
    )
    assert first == again
    (row,) = lines([first], "raw")
    assert row["_ingested_at"] == "2026-06-01 09:00:00.250000"
    assert row["_source"] == f"stream:{SOURCE}"


def test_slow_datasets_go_to_the_folder_of_their_year():
    customers = contract("customers")
    content = b'{"customer_id": "c-1", "updated_at": "2025-07-08T09:00:00Z"}'
    (answer,) = transformed(firehose_event(content), customers, TOKENISER)
    assert keys(answer) == ("raw", "customers", "2025-01-01")


def test_what_does_not_fit_into_the_response_is_kept_by_firehose():
    contents = [record(transaction_id=f"t-{number}") for number in range(100)]
    event = firehose_event(*contents)
    whole = transformed(event, TRANSACTIONS, TOKENISER)
    most = len(json.dumps({"records": whole})) * 2 // 3
    done = transformed(event, TRANSACTIONS, TOKENISER, most_bytes=most)
    results = [answer["result"] for answer in done]
    assert most * 0.98 < len(json.dumps({"records": done})) <= most
    assert set(results) == {"Ok", "ProcessingFailed"}
    for answer, complete in zip(done, whole, strict=True):
        empty = {"recordId": complete["recordId"], "result": "ProcessingFailed", "data": ""}
        assert answer in (complete, empty)


def test_a_megabyte_of_tiny_records_still_fits_into_a_response():
    event = firehose_event(*[b"{}"] * 20_000)
    done = transformed(event, TRANSACTIONS, TOKENISER)
    assert len(json.dumps({"records": done}).encode()) <= 6 * 2**20
    assert len(done) == 20_000
    assert {answer["result"] for answer in done} == {"Ok", "ProcessingFailed"}


def test_one_record_that_cannot_be_processed_fails_alone_and_is_not_quoted(monkeypatch):
    def poisoned(dataset, arriving):
        if any(CARD_NUMBER.encode() in one.data and b"t-5" in one.data for one in arriving):
            raise ValueError(f"cannot digest {CARD_NUMBER}")
        return decode(dataset, arriving)

    monkeypatch.setattr(firehose_transform, "decode", poisoned)
    contents = [record(transaction_id=f"t-{number}") for number in range(9)]
    with capture_logs() as logged:
        done = answers(*contents)
    results = [answer["result"] for answer in done]
    assert results == ["Ok"] * 5 + ["ProcessingFailed"] + ["Ok"] * 3
    assert [row["_position"] for row in lines(done, "raw")] == [0, 1, 2, 3, 4, 6, 7, 8]
    assert done[5]["data"] == ""
    assert CARD_NUMBER not in json.dumps(logged)
    assert [entry["error"] for entry in logged if "error" in entry] == ["ValueError"]


def test_data_that_is_not_base64_fails_alone():
    event = firehose_event(record(), record())
    event["records"][0]["data"] = "no base64!"
    done = transformed(event, TRANSACTIONS, TOKENISER)
    assert [answer["result"] for answer in done] == ["ProcessingFailed", "Ok"]


@pytest.fixture
def function(monkeypatch):
    """The handler as configured on a function."""
    monkeypatch.setenv("SENTINEL_ENVIRONMENT", "prod")
    monkeypatch.setenv("SENTINEL_TOKEN_KEY", "a key of our own")
    monkeypatch.delenv("SENTINEL_DATASET", raising=False)
    firehose_transform._tokeniser.cache_clear()
    yield handler
    firehose_transform._tokeniser.cache_clear()


@pytest.mark.parametrize(
    ("name", "dataset"),
    [("sentinel-prod-fraud-labels", "fraud_labels"), ("transactions", "transactions")],
)
def test_the_dataset_is_told_by_the_delivery_streams_name(function, name, dataset):
    event = firehose_event(b"[]")
    event["deliveryStreamArn"] = f"arn:aws:firehose:eu-central-1:123456789012:deliverystream/{name}"
    (answer,) = function(event, None)["records"]
    assert answer["metadata"]["partitionKeys"]["dataset"] == dataset


def test_the_dataset_is_told_by_a_variable_first(function, monkeypatch):
    monkeypatch.setenv("SENTINEL_DATASET", "terminals")
    (answer,) = function(firehose_event(b"[]"), None)["records"]
    assert answer["metadata"]["partitionKeys"]["dataset"] == "terminals"


def test_a_function_that_is_not_configured_says_so(function, monkeypatch):
    event = firehose_event(record())
    event["deliveryStreamArn"] = "arn:aws:firehose:eu-central-1:1:deliverystream/mytransactions"
    with pytest.raises(SettingsError, match="set SENTINEL_DATASET on the function"):
        function(event, None)
    monkeypatch.delenv("SENTINEL_TOKEN_KEY")
    with pytest.raises(SettingsError, match="set SENTINEL_TOKEN_KEY"):
        function(firehose_event(record()), None)
    monkeypatch.delenv("SENTINEL_ENVIRONMENT")
    with pytest.raises(SettingsError, match="set SENTINEL_ENVIRONMENT on the function"):
        function(firehose_event(record()), None)
