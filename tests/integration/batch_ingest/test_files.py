"""Files of every format land alike, once, with their broken records in quarantine."""

import json
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shop
from landed import check_accounts, content, entries, mapping_of, quarantine, rows, settings_in

from batch_ingest import Progress, chunk, land, load_mapping
from batch_ingest.readers import csv as csv_reader
from batch_ingest.readers import json_lines
from sentinel.errors import MappingError, SourceReadError
from sentinel.ledger import Ledger
from sentinel.process_lock import ProcessBusyError, lock_file, only_process

FORMATS = ("csv", "tsv", "jsonl", "parquet", "csv.gz", "jsonl.gz", "csv.bz2", "jsonl.zst")


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_gives_the_same_records(tmp_path, settings, shop_mapping, ending):
    source = shop.write(tmp_path / "in", {f"a.{ending}": shop.payments(0, 50)})

    report = land(settings, shop_mapping, str(source))

    delivered = rows(settings, "transactions")
    check_accounts(settings)
    assert [row["transaction_id"] for row in delivered] == [f"p{n:05d}" for n in range(50)]
    assert [str(row["amount"]) for row in delivered[:2]] == ["1.00", "1.01"]
    assert {row["currency"] for row in delivered} == {"EUR"}
    assert {row["_source"] for row in delivered} == {f"payments/a.{ending}"}
    assert all(row["card_token"].startswith("tok_") for row in delivered)
    assert all(row["_extras"] is None for row in delivered)
    broken = [(row["reason"], row["_source"], row["_position"])
              for row in quarantine(settings, "transactions")]  # fmt: skip
    name = f"payments/a.{ending}"
    assert (
        broken
        == {
            "c": [("wrong_column_count", name, 3), ("invalid_utf8", name, 4)],
            "t": [("wrong_column_count", name, 3), ("invalid_utf8", name, 4)],
            "j": [("malformed_json", name, 3), ("not_an_object", name, 4)],
            "p": [],
        }[ending[0]]
    )
    assert report.of("transactions").delivered_row_count == 50
    assert sum(report.of("transactions").quarantined_by_reason.values()) == len(broken)


def test_labels_and_entities_come_from_the_transactions(tmp_path, settings, shop_mapping):
    source = shop.write(
        tmp_path / "in", {"b.jsonl": shop.payments(50, 100), "a.csv": shop.payments(0, 50)}
    )
    land(settings, shop_mapping, str(source))

    labels = rows(settings, "fraud_labels")
    assert sorted(row["transaction_id"] for row in labels) == [
        f"p{n:05d}" for n in range(0, 100, 10)
    ]
    assert all(row["label_source"] == "chargeback" and row["is_fraud"] for row in labels)
    first = next(row for row in labels if row["transaction_id"] == "p00000")
    assert first["reported_at"] == shop.START + timedelta(days=7)
    assert first["fraud_type"] == "stolen card"
    customers = {row["customer_id"]: row["updated_at"] for row in rows(settings, "customers")}
    assert customers == {f"c{n}": shop.START + timedelta(minutes=17 * n) for n in range(7)}
    assert {row["terminal_id"] for row in rows(settings, "terminals")} == {"t0", "t1", "t2"}


def test_a_label_is_known_when_it_is_reported_not_before(tmp_path, settings, shop_mapping):
    soon = [{**payment, "paid_at": (datetime.now() - timedelta(days=2)).isoformat()}
            for payment in shop.payments(0, 1)]  # fmt: skip
    land(settings, shop_mapping, str(shop.write(tmp_path / "in", {"a.csv": soon}, broken=False)))

    (label,) = rows(settings, "fraud_labels")
    assert label["_ingested_at"] == label["reported_at"] > datetime.now()


def test_an_earlier_transaction_makes_an_earlier_version(tmp_path, settings, shop_mapping):
    source = shop.write(tmp_path / "in", {"b.csv": shop.payments(7, 14)}, broken=False)
    land(settings, shop_mapping, str(source))
    shop.write(tmp_path / "in", {"a.csv": shop.payments(0, 7)}, broken=False)
    land(settings, shop_mapping, str(source))

    versions = [
        row["updated_at"] for row in rows(settings, "customers") if row["customer_id"] == "c1"
    ]
    assert sorted(versions) == [shop.START + timedelta(minutes=17 * n) for n in (1, 8)]


def test_landing_again_adds_nothing(tmp_path, settings, shop_mapping):
    files = {"a.csv": shop.payments(0, 30), "b.jsonl": shop.payments(30, 60)}
    source = shop.write(tmp_path / "in", files)
    first = land(settings, shop_mapping, str(source))
    before = entries(settings)

    second = land(settings, shop_mapping, f"{source}/")

    assert second.batch_count == 0
    assert (
        second.of("transactions").present_batch_count == first.of("transactions").batch_count == 2
    )
    assert second.of("transactions").present_row_count == 64
    assert entries(settings) == before


def test_only_new_files_and_changed_ones_are_landed(tmp_path, settings, shop_mapping):
    source = shop.write(tmp_path / "in", {"a.csv": shop.payments(0, 10)}, broken=False)
    land(settings, shop_mapping, str(source))
    shop.write(tmp_path / "in", {"b.csv": shop.payments(10, 20)}, broken=False)
    assert land(settings, shop_mapping, str(source)).of("transactions").delivered_row_count == 10
    shop.write(tmp_path / "in", {"a.csv": shop.payments(0, 11)}, broken=False)
    assert land(settings, shop_mapping, str(source)).of("transactions").delivered_row_count == 11


def test_a_mapping_that_says_something_else_reads_anew(tmp_path, settings, shop_mapping):
    source = shop.write(tmp_path / "in", {"a.csv": shop.payments(0, 10)}, broken=False)
    land(settings, shop_mapping, str(source))
    columns = {**shop.MAPPING["datasets"]["transactions"]["columns"], "currency": {"value": "USD"}}
    feed = {**shop.MAPPING["datasets"]["transactions"], "columns": columns}
    other = mapping_of(tmp_path, {**shop.MAPPING, "datasets": {"transactions": feed}})

    assert land(settings, other, str(source)).of("transactions").delivered_row_count == 10


def test_one_file_as_the_source(tmp_path, settings):
    source = shop.write(
        tmp_path / "in", {"a.csv": shop.payments(0, 5), "b.csv": shop.payments(5, 9)}
    )
    flat = json.loads(json.dumps(shop.MAPPING))
    flat["datasets"]["transactions"]["from"] = "*.csv"
    report = land(settings, mapping_of(tmp_path, flat), f"{source}/payments/b.csv")
    assert report.of("transactions").delivered_row_count == 4


def test_some_datasets_only(tmp_path, settings, shop_mapping):
    source = shop.write(tmp_path / "in", {"a.csv": shop.payments(0, 20)})
    assert set(land(settings, shop_mapping, str(source), datasets=["fraud_labels"]).datasets) == {
        "fraud_labels"
    }
    assert rows(settings, "transactions") == []
    report = land(settings, shop_mapping, str(source))
    assert report.of("fraud_labels").batch_count == 0
    assert report.of("transactions").delivered_row_count == 20
    with pytest.raises(MappingError, match="did you mean 'transactions'"):
        land(settings, shop_mapping, str(source), datasets=["transaction"])


def test_a_file_is_landed_in_parts_and_goes_on_after_the_last_one(
    tmp_path, settings, shop_mapping, monkeypatch
):
    source = shop.write(
        tmp_path / "in", {"a.csv": shop.payments(0, 50), "b.jsonl": shop.payments(50, 100)}
    )
    whole = settings_in(tmp_path / "whole")
    land(whole, shop_mapping, str(source))
    commit, left = Ledger.commit, [0]

    def commits_then_fails(ledger, entry):
        left[0] -= 1
        if left[0] < 0:
            raise ConnectionError("the lake is gone")
        return commit(ledger, entry)

    for maximum, left[0] in ((7, 3), (20, 4), (3, 5), (1000, 1000)):
        for module in (chunk, csv_reader, json_lines):
            monkeypatch.setattr(module, "MAX_ROWS", maximum)
        monkeypatch.setattr(Ledger, "commit", commits_then_fails)
        try:
            land(settings, shop_mapping, str(source))
        except ConnectionError:
            continue

    assert len(entries(settings, "transactions")) > 2
    assert content(settings) == content(whole)
    check_accounts(settings)


def test_progress_ends_where_the_files_end(tmp_path, settings, shop_mapping):
    source = shop.write(
        tmp_path / "in", {"a.csv": shop.payments(0, 5), "b.parquet": shop.payments(5, 9)}
    )
    told: list[Progress] = []
    land(settings, shop_mapping, str(source), on_progress=told.append)

    last = [each for each in told if each.feed == "transactions"][-1]
    size = sum(path.stat().st_size for path in (source / "payments").iterdir())
    assert (last.bytes_done, last.bytes_total, last.files_done, last.files_total) == (
        size,
        size,
        2,
        2,
    )
    assert last.row_count == 11
    done = [each.bytes_done for each in told if each.feed == "transactions"]
    assert done == sorted(done)


def test_two_loaders_do_not_land_into_one_lake(tmp_path, settings, shop_mapping):
    source = shop.write(tmp_path / "in", {"a.csv": shop.payments(0, 5)})
    with (
        only_process(settings, "landing", "wait"),
        pytest.raises(ProcessBusyError, match=r"process \d+ .*is landing into"),
    ):
        land(settings, shop_mapping, str(source))
    assert lock_file(settings, "landing").exists()
    assert land(settings, shop_mapping, str(source)).batch_count > 0


def references(tmp_path, unknown: str):
    reference = {"column": "customer_id", "dataset": "customers", "unknown": unknown}
    feed = {**shop.MAPPING["datasets"]["transactions"], "references": [reference]}
    customers = {"from": "customers.csv", "columns": {"customer_id": "id", "updated_at": "since"}}
    datasets = {"transactions": feed, "customers": customers}
    return mapping_of(tmp_path, {**shop.MAPPING, "datasets": datasets, "derived": {}})


@pytest.mark.parametrize(("unknown", "delivered"), [("quarantine", 20), ("accept", 70)])
def test_unknown_customers(tmp_path, settings, unknown, delivered):
    source = shop.write(tmp_path / "in", {"a.csv": shop.payments(0, 70)}, broken=False)
    (source / "customers.csv").write_text("id,since\nc0,2026-01-01\nc1,2026-01-01\n")

    report = land(settings, references(tmp_path, unknown), str(source)).of("transactions")

    assert report.delivered_row_count == delivered
    assert report.quarantined_by_reason.get("unknown_reference", 0) == 70 - delivered


def test_a_reference_without_any_record_is_an_error(tmp_path, settings):
    source = shop.write(tmp_path / "in", {"a.csv": shop.payments(0, 7)})
    (source / "customers.csv").write_text("id,since\n")
    with pytest.raises(MappingError, match=r"customer_id must be known in customers.*accept"):
        land(settings, references(tmp_path, "quarantine"), str(source))


def test_columns_that_come_and_go_stop_nothing_and_are_reported(
    tmp_path, settings, shop_mapping, capsys
):
    with_channel = [{**each, "channel": "atm", "mood": "good"} for each in shop.payments(10, 20)]
    gone = ("scheme", "card")
    without_scheme = [{name: value for name, value in each.items() if name not in gone}
                      for each in shop.payments(20, 30)]  # fmt: skip
    files = {"1.csv": shop.payments(0, 10), "2.csv": with_channel, "3.jsonl": without_scheme}
    report = land(settings, shop_mapping, str(shop.write(tmp_path / "in", files, broken=False)))

    by_source = {entry.source: entry for entry in entries(settings, "transactions")}
    assert by_source["payments/1.csv"].appeared_columns == ()
    assert by_source["payments/2.csv"].appeared_columns == ("channel", "mood")
    assert by_source["payments/3.jsonl"].vanished_columns == ("card", "channel", "mood", "scheme")
    assert report.of("transactions").appeared_columns == {"channel", "mood"}
    assert report.of("transactions").vanished_columns == {"card", "channel", "mood", "scheme"}
    assert "the source's columns changed" in "".join(capsys.readouterr())
    delivered = rows(settings, "transactions")
    assert len(delivered) == 30
    assert [row["channel"] for row in delivered].count("atm") == 10
    assert sum(row["_extras"] is not None for row in delivered) == 10
    assert [row["card_token"] for row in delivered].count(None) == 10


def test_a_column_known_from_earlier_loads_may_be_gone_in_all_new_files(
    tmp_path, settings, shop_mapping
):
    land(settings, shop_mapping, str(shop.write(tmp_path / "a", {"1.csv": shop.payments(0, 5)})))
    gone = [{name: value for name, value in each.items() if name != "cents"}
            for each in shop.payments(5, 9)]  # fmt: skip
    report = land(settings, shop_mapping, str(shop.write(tmp_path / "b", {"2.csv": gone}, False)))
    assert report.of("transactions").quarantined_by_reason == {"missing_value": 4}
    assert report.of("transactions").vanished_columns == {"cents"}


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_mapping_that_names_a_missing_column(tmp_path, settings, ending):
    source = shop.write(tmp_path / "in", {f"a.{ending}": shop.payments(0, 5)})
    columns = {**shop.MAPPING["datasets"]["transactions"]["columns"], "customer_id": "custommer"}
    feed = {**shop.MAPPING["datasets"]["transactions"], "columns": columns}
    wrong = mapping_of(tmp_path, {**shop.MAPPING, "datasets": {"transactions": feed}})

    with pytest.raises(MappingError) as caught:
        land(settings, wrong, str(source))
    for said in (
        f"payments/a.{ending}",
        "'custommer'",
        "did you mean 'customer'",
        "optional: true",
    ):
        assert said in str(caught.value)
    assert entries(settings) == []


def test_a_required_column_that_nothing_maps(tmp_path, settings):
    source = shop.write(tmp_path / "in", {"a.csv": shop.payments(0, 5)})
    columns = dict(shop.MAPPING["datasets"]["transactions"]["columns"])
    del columns["terminal_id"]
    feed = {"from": "payments/*", "columns": columns}
    wrong = mapping_of(
        tmp_path, {**shop.MAPPING, "datasets": {"transactions": feed}, "derived": {}}
    )
    with pytest.raises(MappingError, match=r"a\.csv.*'terminal_id', which is required"):
        land(settings, wrong, str(source))


def test_a_file_without_header_is_refused_without_telling_its_values(
    tmp_path, settings, shop_mapping
):
    source = shop.write(tmp_path / "in", {"1.csv": shop.payments(0, 5)}, broken=False)
    (source / "payments" / "2.csv").write_text("p1,c1,t1,4111111111111111,5,2026-01-01,0,Ada\n" * 3)
    with pytest.raises(MappingError, match=r"2\.csv.*column_names") as caught:
        land(settings, shop_mapping, str(source))
    assert "Ada" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "broken"), [("b.parquet", b"PAR1 rubbish PAR1"), ("b.csv.gz", b"\x1f\x8b rubbish")]
)
def test_a_file_that_cannot_be_read_is_named_and_the_others_stay_landed(
    tmp_path, settings, shop_mapping, name, broken
):
    source = shop.write(tmp_path / "in", {"a.csv": shop.payments(0, 5)}, broken=False)
    (source / "payments" / name).write_bytes(broken)
    with pytest.raises(SourceReadError, match=f"payments/{name}: it cannot be read.*replace"):
        land(settings, shop_mapping, str(source))
    (source / "payments" / name).unlink()
    assert len(rows(settings, "transactions")) == 5
    assert land(settings, shop_mapping, str(source)).of("transactions").batch_count == 0


def test_a_truncated_compressed_file_lands_nothing_of_itself(tmp_path, settings, shop_mapping):
    source = shop.write(tmp_path / "in", {"a.jsonl.gz": shop.payments(0, 5000)}, broken=False)
    path = source / "payments" / "a.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SourceReadError, match=r"a\.jsonl\.gz: it cannot be read"):
        land(settings, shop_mapping, str(source))
    assert entries(settings) == []


def test_sources_that_are_not_there(tmp_path, settings, shop_mapping):
    with pytest.raises(SourceReadError, match="no folder or file"):
        land(settings, shop_mapping, str(tmp_path / "nowhere"))
    with pytest.raises(SourceReadError, match="SOURCE="):
        land(settings, shop_mapping)
    (tmp_path / "empty").mkdir()
    with pytest.raises(MappingError, match=r"no file in .*empty fits 'payments/\*'.*optional"):
        land(settings, shop_mapping, str(tmp_path / "empty"))


def test_column_names_that_are_personal_are_not_spread(tmp_path, settings, shop_mapping):
    odd = [
        {**each, "ada@example.org": "1", "4111111111111111": "x"} for each in shop.payments(0, 3)
    ]
    source = shop.write(tmp_path / "in", {"a.jsonl": odd}, broken=False)
    land(settings, shop_mapping, str(source))
    everything = b"".join(
        path.read_bytes() for path in settings.state_folder.rglob("*") if path.is_file()
    )
    assert b"ada@example.org" not in everything
    assert b"4111111111111111" not in everything


def test_the_handbooks_layout_by_its_shipped_mapping(tmp_path, settings):
    day = pa.table(
        {
            "TRANSACTION_ID": [1, 2, 3],
            "TX_DATETIME": pa.array([shop.START] * 3, pa.timestamp("us")),
            "CUSTOMER_ID": [7, 8, 7], "TERMINAL_ID": [1, 2, 3],
            "TX_AMOUNT": pa.array(["1.50", "2.00", "0.00"]).cast(pa.decimal128(9, 2)),
            "TX_FRAUD": [0, 1, 0], "TX_FRAUD_SCENARIO": [0, 2, 0],
        }
    )  # fmt: skip
    (tmp_path / "in").mkdir()
    pq.write_table(day, tmp_path / "in" / "2018-04-01.parquet")
    report = land(settings, load_mapping("handbook"), str(tmp_path / "in"))

    assert {name: each.delivered_row_count for name, each in report.datasets.items()} == {
        "transactions": 3, "fraud_labels": 1, "customers": 2, "terminals": 3,
    }  # fmt: skip
    assert {row["_extras"] for row in rows(settings, "transactions")} == {None}
    (label,) = rows(settings, "fraud_labels")
    assert (label["transaction_id"], label["fraud_type"]) == ("2", "2")
    assert label["reported_at"] == shop.START + timedelta(days=7)
