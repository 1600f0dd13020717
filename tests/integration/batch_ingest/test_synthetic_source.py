"""The synthetic landing folder by its shipped mapping: every count of its manifest is met."""

import json
from collections import Counter

import pytest
from landed import check_accounts, quarantine, rows, settings_in

from batch_ingest import land, load_mapping
from sentinel.synthetic import SyntheticConfig, write

REASONS = {
    "truncated_json": {"malformed_json"},
    "missing_transaction_id": {"missing_value"},
    "negative_amount": {"below_minimum"},
    "not_a_number_amount": {"malformed_json", "wrong_type"},
    "unparsable_timestamp": {"wrong_type", "missing_value"},
    "event_after_ingestion": {"event_after_ingestion"},
    "unknown_channel": {"value_not_accepted"},
}


@pytest.fixture(scope="module", params=["parquet", "jsonl"])
def landed(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic")
    config = SyntheticConfig.preset("small", malformed_rate=0.02, seed=7)
    manifest = write(config, folder / "in", request.param)
    settings = settings_in(folder / "home")
    report = land(settings, load_mapping("synthetic"), str(folder / "in"))
    return folder / "in", manifest, settings, report


def test_what_was_written_is_delivered(landed):
    _, manifest, settings, report = landed
    delivered = {name: each.delivered_row_count for name, each in report.datasets.items()}
    assert delivered == manifest["counts"]["rows"]
    check_accounts(settings)


def test_every_malformed_line_is_in_quarantine_for_what_is_wrong_with_it(landed):
    source, manifest, settings, _ = landed
    faults = Counter(manifest["counts"]["malformed_by_fault"])
    found = quarantine(settings, "transactions")

    assert len(found) == faults.total() > 50
    assert {row["_source"] for row in found} == {"transactions_jsonl/transactions_malformed.jsonl"}
    assert sorted(row["_position"] for row in found) == list(range(len(found)))
    lines = (
        (source / "transactions_jsonl" / "transactions_malformed.jsonl").read_bytes().splitlines()
    )
    names = list(REASONS)  # the generator lets the faults take turns, in this order
    for row in found:
        fault = names[row["_position"] % len(names)]
        assert row["reason"] in REASONS[fault], (fault, lines[row["_position"]])


def test_the_sources_ingestion_times_are_kept(landed):
    _, _, settings, _ = landed
    for dataset, event in (("transactions", "transaction_at"), ("fraud_labels", "reported_at")):
        delivered = rows(settings, dataset)
        assert all(row[event] <= row["_ingested_at"] for row in delivered)
        assert len({row["_ingested_at"] for row in delivered}) > 10


def test_nothing_is_unknown_and_nothing_new_the_second_time(landed):
    source, _, settings, report = landed
    assert all(row["_extras"] is None for row in rows(settings, "transactions"))
    assert report.of("transactions").appeared_columns == set()
    again = land(settings, load_mapping("synthetic"), str(source))
    assert again.batch_count == 0
    assert json.dumps(report.of("transactions").quarantined_by_reason)
