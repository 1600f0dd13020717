"""Objects of Firehose become batches: each once, no line lost, nothing past the door."""

import base64
import gzip
import io
import json
import random
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from structlog.testing import capture_logs

from sentinel.contracts import contract
from sentinel.delivery import deliver
from sentinel.errors import ContractError, LedgerConflictError
from sentinel.lake import LEDGER, Lake
from sentinel.ledger import Ledger
from sentinel.transform import REJECTED_SCHEMA, Arriving
from streaming_ingest.decoding import decode
from streaming_ingest.firehose_commit import error_records
from streaming_ingest.firehose_commit.bucket import FirehoseError, firehose_object
from streaming_ingest.firehose_commit.committer import Committer
from streaming_ingest.streams import StreamRecord
from tests.support.firehose_event import ARRIVED
from tests.support.firehose_service import (
    TOKENISER,
    FirehoseService,
    FolderBucket,
    error_line,
)
from tests.support.lake_rows import comparable, delivered_rows, produced_count, quarantined_rows

TRANSACTIONS = contract("transactions")
WRITTEN = ARRIVED + timedelta(minutes=5)
CARD_NUMBER = "4111111111111111"  # a published test number
RAW_KEY = "firehose/raw/transactions/event_date=2026-05-31/sentinel-transactions-1-x.gz"
QUARANTINE_KEY = RAW_KEY.replace("/raw/", "/quarantine/")
ERROR_KEY = "firehose-errors/transactions/processing-failed/sentinel-transactions-1-x.gz"
PERSONAL = (CARD_NUMBER, "somebody@example.com", "192.0.2.77", "Erika")


def record(**fields) -> bytes:
    good = {
        "transaction_id": "t-1", "customer_id": "c-1", "terminal_id": "m-1", "amount": "12.50",
        "transaction_at": "2026-05-31T10:00:00.123456Z", "card_number": CARD_NUMBER,
        "ip_address": "192.0.2.77", "name": "Erika",
    }  # fmt: skip
    return json.dumps({n: v for n, v in (good | fields).items() if v is not None}).encode()


def arrived(*contents: bytes, at: datetime = ARRIVED) -> list[StreamRecord]:
    return [
        StreamRecord(content, str(number), at + timedelta(milliseconds=number))
        for number, content in enumerate(contents)
    ]


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


@pytest.fixture
def bucket(tmp_path):
    return FolderBucket(tmp_path / "bucket", WRITTEN)


@pytest.fixture
def committer(lake, bucket):
    return Committer(lake, bucket, TOKENISER)


@pytest.fixture
def expected(tmp_path):
    """What the local delivery makes of records, in a lake of its own."""

    def deliver_locally(records: list[StreamRecord]) -> Lake:
        other = Lake(str(tmp_path / "expected"))
        decoded = decode(TRANSACTIONS, records)
        arriving = Arriving("b", "s", decoded.records, WRITTEN, decoded.unreadable)
        deliver(other, TRANSACTIONS, arriving, TOKENISER)
        return other

    return deliver_locally


def lines(*rows: dict) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def answered(bucket, *contents: bytes) -> dict[str, bytes]:
    """The lines that Firehose writes of records, by zone."""
    found: dict[str, bytes] = {}
    service = FirehoseService(
        TRANSACTIONS, lambda key, content: found.update({key.split("/")[1]: content}),
        random.Random(1),
    )  # fmt: skip
    service.deliver(arrived(*contents), most_lines=10**6)
    return {zone: gzip.decompress(content) for zone, content in found.items()}


def one_row(answers: dict[str, bytes], zone: str) -> dict:
    return json.loads(answers[zone])


def nothing_personal(lake: Lake) -> bool:
    everything = json.dumps(
        delivered_rows(lake, "transactions") + quarantined_rows(lake, "transactions"), default=str
    )
    return not [value for value in PERSONAL if value in everything]


def test_objects_give_what_the_local_delivery_gives(lake, bucket, committer, expected):
    records = arrived(
        record(), record(transaction_id="t-2", amount="9999999999999999.99", note=[1, "x"]),
        record(transaction_id="t-3", transaction_at="2026-05-30T23:59:59Z", channel="atm"),
        record(transaction_id=None), record(device_id="somebody@example.com"), b"{", b"\xff",
        b'{"transaction_id": "a", "transaction_id": "b"}', record(_schema_version=99),
        record(transaction_at="2027-01-01T00:00:00Z"),
    )  # fmt: skip
    FirehoseService(TRANSACTIONS, bucket.put, random.Random(3)).deliver(records)
    for key in bucket.listed():
        assert committer.commit(key).outcome == "committed"
    local = expected(records)
    for rows in (delivered_rows, quarantined_rows):
        assert comparable(rows(lake, "transactions")) == comparable(rows(local, "transactions"))
    assert len(delivered_rows(lake, "transactions")) == 3
    assert produced_count(lake, "transactions") == len(records)
    assert list(committer.uncommitted()) == []


def test_the_batch_is_the_objects_and_positions_are_lines(lake, bucket, committer):
    content = answered(bucket, record(), record(transaction_id="t-2"))["raw"]
    bucket.put(RAW_KEY, gzip.compress(b"\n" + content))
    done = committer.commit(RAW_KEY)
    rows = delivered_rows(lake, "transactions")
    assert [row["_position"] for row in rows] == [1, 2]
    assert done.batch_id.startswith("transactions-firehose-sentinel-transactions-1-x-")
    (entry,) = Ledger(lake).entries("transactions")
    assert (entry.produced_row_count, entry.delivered_row_count) == (2, 2)
    assert entry.extract.origin == RAW_KEY
    assert entry.files[0].path.startswith("raw/transactions/event_date=2026-05-31/")


def test_the_same_object_again_is_the_same_batch_and_another_content_is_refused(
    lake, bucket, committer
):
    content = answered(bucket, record())["raw"]
    bucket.put(RAW_KEY, content)
    first = committer.commit(RAW_KEY)
    before = {path: lake.read(path) for path in lake.list(LEDGER, ".json")}
    again = committer.commit(RAW_KEY)
    assert (first.outcome, again.outcome) == ("committed", "already_committed")
    assert {path: lake.read(path) for path in lake.list(LEDGER, ".json")} == before
    bucket.put(RAW_KEY, content + content)
    with pytest.raises(LedgerConflictError, match="holds other bytes than those"):
        committer.commit(RAW_KEY)
    (bucket._folder / RAW_KEY).unlink()
    assert committer.commit(RAW_KEY).outcome == "already_committed"
    with pytest.raises(FirehoseError, match="not there and was never committed"):
        committer.commit(QUARANTINE_KEY)


def test_objects_of_one_name_in_two_places_are_two_batches():
    keys = (RAW_KEY, QUARANTINE_KEY, ERROR_KEY)
    assert len({firehose_object(key).batch_id for key in keys}) == 3
    assert firehose_object(RAW_KEY.replace("-x", "-é ü" * 200)).batch_id.isascii()
    assert len(firehose_object(RAW_KEY.replace("-x", "-é ü" * 200)).batch_id) < 180


@pytest.mark.parametrize(
    "fault",
    [
        (lambda row: b"{broken", "malformed_json", None),
        (lambda row: b"\xff\xfe", "invalid_utf8", None),
        (lambda row: b"[1]", "not_an_object", None),
        (lambda row: lines(row | {"amount": "twelve"}), "wrong_type", "amount"),
        (lambda row: lines(row | {"customer_id": None}), "missing_value", "customer_id"),
        (lambda row: lines(row | {"_source": ""}), "missing_value", "_source"),
        (lambda row: lines(row | {"_ingested_at": "soon"}), "wrong_type", "_ingested_at"),
        (lambda row: lines(row | {"_schema_version": 99}), "unknown_schema_version",
         "_schema_version"),
        (lambda row: lines(row | {"e-mail": "somebody@example.com"}), "unknown_column", None),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_takes_no_other_with_it(lake, bucket, committer, fault):
    spoil, reason, field = fault
    row = one_row(answered(bucket, record()), "raw")
    good = lines(row | {"transaction_id": "t-2"})
    bucket.put(RAW_KEY, spoil(row).rstrip(b"\n") + b"\n" + good)
    committer.commit(RAW_KEY)
    (kept,) = delivered_rows(lake, "transactions")
    (rejected,) = quarantined_rows(lake, "transactions")
    assert kept["transaction_id"] == "t-2"
    assert (rejected["reason"], rejected["field"], rejected["_position"]) == (reason, field, 0)
    is_known = reason not in ("malformed_json", "invalid_utf8", "not_an_object") and (
        field != "_ingested_at"
    )
    assert rejected["_ingested_at"] == (ARRIVED if is_known else WRITTEN)
    assert produced_count(lake, "transactions") == 2
    assert nothing_personal(lake)


def test_a_line_of_the_quarantine_is_filled_in_where_it_says_too_little(lake, bucket, committer):
    row = one_row(answered(bucket, record(amount="x")), "quarantine")
    poor = {"payload": row["payload"], "_ingested_at": "soon", "dataset": "terminals"}
    bucket.put(QUARANTINE_KEY, lines(row, poor) + b"{broken\n")
    committer.commit(QUARANTINE_KEY)
    first, second, third = quarantined_rows(lake, "transactions")
    assert (first["reason"], first["field"], first["payload"]) == (
        "wrong_type", "amount", row["payload"],
    )  # fmt: skip
    assert (second["reason"], second["dataset"], second["_ingested_at"]) == (
        "malformed_record", "transactions", WRITTEN,
    )  # fmt: skip
    assert (third["reason"], third["_position"]) == ("malformed_json", 2)
    (entry,) = Ledger(lake).entries("transactions")
    assert (entry.produced_row_count, entry.files, entry.min_event_at) == (3, (), None)


def test_parquet_is_read_with_the_columns_of_the_other_kind_empty(
    lake, bucket, committer, expected
):
    records = arrived(record(), record(transaction_id="t-2", amount="x"))
    local = expected(records)
    both = pa.schema([*TRANSACTIONS.lake_schema, *(f for f in REJECTED_SCHEMA if f.name[0] != "_")])
    for key, rows in (
        (RAW_KEY, delivered_rows(local, "transactions")),
        (QUARANTINE_KEY, quarantined_rows(local, "transactions")),
    ):
        nullable = pa.schema([field.with_nullable(True) for field in both])
        stored = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, nullable), stored)
        bucket.put(key, stored.getvalue())
        committer.commit(key)
    for read in (delivered_rows, quarantined_rows):
        assert comparable(read(lake, "transactions")) == comparable(read(local, "transactions"))


@pytest.mark.parametrize(
    "content",
    [
        b"\x1f\x8bdamaged", b"PAR1damaged", None,
        b"\xff\x06\x00\x00sNaPpY\x01\n\x00\x00", gzip.compress(b"PK\x03\x04\n", mtime=0), b"[]\n",
    ],
    # A name by content would hold bytes that no terminal shows.
    ids=["gzip", "Parquet", "cut off", "Snappy", "zip in gzip", "an array"],
)  # fmt: skip
def test_a_damaged_object_is_refused_whole(lake, bucket, committer, content):
    whole = gzip.compress(answered(bucket, *[record()] * 50)["raw"])
    bucket.put(RAW_KEY, content or whole[:-20])
    with pytest.raises(FirehoseError, match=rf"{RAW_KEY}: the object is damaged"):
        committer.commit(RAW_KEY)
    assert lake.list(LEDGER) == []


def test_several_members_of_gzip_are_one_object(lake, bucket, committer):
    content = answered(bucket, record())["raw"]
    other = content.replace(b"t-1", b"t-2")
    bucket.put(RAW_KEY, gzip.compress(content) + gzip.compress(other))
    committer.commit(RAW_KEY)
    assert len(delivered_rows(lake, "transactions")) == 2


@pytest.mark.parametrize(
    "key",
    [
        "raw/transactions/event_date=2026-05-31/x.parquet", "firehose/other/transactions/d/x",
        "firehose/raw/x", "firehose-errors/x.gz", "firehose-errors/transactions/x.gz", "firehose/",
    ],
)  # fmt: skip
def test_keys_that_firehose_does_not_write_are_refused(committer, key):
    with pytest.raises(FirehoseError, match="is not a key of Firehose"):
        committer.commit(key)


def test_a_dataset_without_contract_is_refused(bucket, committer):
    key = RAW_KEY.replace("/transactions/", "/payments/")
    bucket.put(key, b"{}\n")
    with pytest.raises(ContractError, match="no contract for dataset 'payments'"):
        committer.commit(key)
    assert list(committer.uncommitted()) == [key]


def test_what_firehose_could_not_have_processed_goes_through_the_transform(
    lake, bucket, committer, expected
):
    records = arrived(record(), b"{", record(amount="x"), record(transaction_id="t-2"), b" ")
    bucket.put(ERROR_KEY, gzip.compress(b"".join(error_line(one) for one in records)))
    committer.commit(ERROR_KEY)
    local = expected(records)
    for rows in (delivered_rows, quarantined_rows):
        assert comparable(rows(lake, "transactions")) == comparable(rows(local, "transactions"))
    assert produced_count(lake, "transactions") == 5
    assert [row["_position"] for row in delivered_rows(lake, "transactions")] == [0, 3]
    assert nothing_personal(lake)


def test_lines_without_raw_data_are_quarantined_masked(lake, bucket, committer):
    (good,) = arrived(record())
    content = (
        error_line(good, rawData=f"no base64! {CARD_NUMBER}") + error_line(good, rawData=None)
        + b'{"card": "4111111111111111"\n' + error_line(good, arrivalTimestamp="soon")
        + error_line(good, rawData=base64.b64encode(b"\xff").decode())
    )  # fmt: skip
    bucket.put(ERROR_KEY, content)
    committer.commit(ERROR_KEY)
    reasons = [row["reason"] for row in quarantined_rows(lake, "transactions")]
    assert sorted(reasons) == ["invalid_utf8", "malformed_json", "no_raw_data", "no_raw_data"]
    (kept,) = delivered_rows(lake, "transactions")
    assert kept["_ingested_at"] == WRITTEN
    assert nothing_personal(lake)


def test_a_record_for_which_the_transform_fails_is_quarantined_and_no_other(
    lake, bucket, committer, monkeypatch
):
    def poisoned(dataset, records):
        if any(b"t-5" in one.data for one in records):
            raise ValueError(f"cannot digest {CARD_NUMBER}")
        return decode(dataset, records)

    monkeypatch.setattr(error_records, "decode", poisoned)
    records = arrived(*(record(transaction_id=f"t-{number}") for number in range(9)))
    bucket.put(ERROR_KEY, b"".join(error_line(one) for one in records))
    with capture_logs() as logged:
        committer.commit(ERROR_KEY)
    assert len(delivered_rows(lake, "transactions")) == 8
    (rejected,) = quarantined_rows(lake, "transactions")
    assert (rejected["reason"], rejected["_position"]) == ("processing_failed", 5)
    assert rejected["_ingested_at"] == records[5].arrived_at
    assert json.loads(rejected["payload"])["transaction_id"] == "t-5", "it can be replayed"
    assert nothing_personal(lake)
    assert CARD_NUMBER not in json.dumps(logged)


def test_what_the_transform_had_answered_is_taken_up_again(lake, bucket, committer, expected):
    records = arrived(record(note="Erika"), record(transaction_id="t-2", amount="x"))
    answers = answered(bucket, *(one.data for one in records))
    kept = arrived(answers["raw"].strip(), answers["quarantine"].strip(), at=WRITTEN)
    bucket.put(ERROR_KEY, b"".join(error_line(one) for one in kept))
    committer.commit(ERROR_KEY)
    local = expected(records)
    for rows in (delivered_rows, quarantined_rows):
        assert comparable(rows(lake, "transactions")) == comparable(rows(local, "transactions"))


def test_a_producer_cannot_pass_the_door_by_looking_transformed(lake, bucket, committer):
    metadata = {
        "_batch_id": "b", "_source": "s", "_position": 0, "_ingested_at": "2030-06-01 00:00:00",
        "_extras": json.dumps({"name": "Erika"}),
    }  # fmt: skip
    forged = arrived(
        record(card_token=CARD_NUMBER, card_number=None, name=None, **metadata),
        json.dumps(
            metadata | {"reason": "Erika", "field": "Erika", "payload": f"Erika {CARD_NUMBER}"}
        ).encode(),
        json.dumps(
            metadata
            | {"reason": [], "field": {}, "payload": json.dumps({"card_number": CARD_NUMBER})}
        ).encode(),
    )
    bucket.put(ERROR_KEY, b"".join(error_line(one) for one in forged))
    committer.commit(ERROR_KEY)
    assert produced_count(lake, "transactions") == 3
    assert nothing_personal(lake)
    (kept,) = delivered_rows(lake, "transactions")
    assert kept["_ingested_at"] == ARRIVED, "nor enter later than it arrived"
