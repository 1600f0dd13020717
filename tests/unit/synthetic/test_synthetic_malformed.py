"""Malformed lines: every fault is there, and each line has exactly the fault it is said to have."""

from __future__ import annotations

import json
import math
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from sentinel.synthetic import FAULTS, SyntheticConfig, SyntheticData, generate
from sentinel.synthetic.schemas import TRANSACTIONS

_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def _faults(line: bytes) -> set[str]:
    """Find the faults of a line, without any help of the generator."""
    try:
        record: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        return {"truncated_json"}
    found = set()
    missing = set(TRANSACTIONS.names) - set(record)
    if missing:
        found.add("missing_transaction_id" if missing == {"transaction_id"} else f"no {missing}")
    amount = record["amount"]
    if amount == "NaN" or not math.isfinite(amount):
        found.add("not_a_number_amount")
    elif amount < 0:
        found.add("negative_amount")
    if record["channel"] not in ("card_present", "card_not_present", "atm"):
        found.add("unknown_channel")
    try:
        happened_at = datetime.strptime(record["transaction_at"], _FORMAT)
    except ValueError:
        found.add("unparsable_timestamp")
    else:
        if happened_at > datetime.strptime(record["ingested_at"], _FORMAT):
            found.add("event_after_ingestion")
    return found


def test_each_line_has_the_one_fault_it_is_said_to_have(data: SyntheticData) -> None:
    assert len(data.malformed) > 100
    for line, fault in zip(data.malformed, data.malformed_faults, strict=True):
        assert _faults(line) == {fault}, line
        assert b"\n" not in line


def test_faults_take_turns_so_that_few_lines_show_all() -> None:
    data = generate(SyntheticConfig.preset("small", malformed_rate=0.004))
    counts = Counter(data.malformed_faults)
    assert set(counts) == set(FAULTS)
    assert max(counts.values()) - min(counts.values()) <= 1


def test_malformed_lines_are_no_good_transactions(data: SyntheticData) -> None:
    good = set(data.truth["transaction_id"].to_pylist())
    whole = [line for line in data.malformed if _faults(line) == {"negative_amount"}]
    identifiers = [json.loads(line)["transaction_id"] for line in whole]
    assert len(set(identifiers)) == len(identifiers)
    assert not good & set(identifiers)


def test_not_a_number_comes_bare_and_as_text(data: SyntheticData) -> None:
    lines = [
        line
        for line, fault in zip(data.malformed, data.malformed_faults, strict=True)
        if fault == "not_a_number_amount"
    ]
    bare = sum(b'"amount":NaN,' in line for line in lines)
    assert 0 < bare < len(lines)


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_the_check_finds_no_fault_in_a_good_line(fault: str) -> None:
    record = dict.fromkeys(TRANSACTIONS.names, "x")
    good: dict[str, Any] = {
        **record,
        "amount": 12.5,
        "channel": "atm",
        "transaction_at": "2025-01-01T00:00:00.000000Z",
        "ingested_at": "2025-01-01T00:00:05.000000Z",
    }
    assert _faults(json.dumps(good).encode()) == set()
    assert _faults(FAULTS[fault](good, 0.3)) == {fault}
