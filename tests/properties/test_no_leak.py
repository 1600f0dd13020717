"""Promise 2: what happens, or becomes known, after a time changes no feature at that time.

The one exception, by definition: the first record of a terminal describes what came before it.
"""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.properties.histories import Event, events, happened_at
from tests.properties.test_incremental_equals_full import EVERYTHING, run
from tests.support.comparison import differences
from tests.support.events import later
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("properties")

AT_THE_TIME = (
    "features.feat_transactions",
    "features.feat_transactions_history",
    "intermediate.int_transactions__rules_observed",
)


@given(history=events(40, 70), day=st.integers(25, 55))
@settings(max_examples=4 if settings().derandomize else 100)
def test_the_future_changes_no_feature(
    empty_warehouse: Warehouse, history: list[Event], day: int
) -> None:
    now = later(days=day)
    known, future = split(without_corrections(history), now)
    for part in (known, future):
        assume({dataset for dataset, _ in part} >= {"transactions", "fraud_labels"})
    with tempfile.TemporaryDirectory() as folder:
        warehouse = empty_warehouse.copied_to(Path(folder) / "home")
        deliver(warehouse, "known", known)
        run(warehouse, EVERYTHING)
        then = warehouse.rows(AT_THE_TIME)
        deliver(warehouse, "future", future)
        run(warehouse, EVERYTHING)
        at_last = warehouse.rows(AT_THE_TIME)
    for model in AT_THE_TIME:
        assert len(at_last[model]) > len(then[model])
        seen = {row["transaction_id"] for row in then[model]}
        still = [row for row in at_last[model] if row["transaction_id"] in seen]
        assert not differences(then[model], still, ("transaction_id",), exact=True), model


def without_corrections(history: list[Event]) -> list[Event]:
    """The first version of each transaction: a correction is about the past."""
    seen: set[str] = set()
    kept = []
    for dataset, row in history:
        if dataset == "transactions":
            if row["transaction_id"] in seen:
                continue
            seen.add(row["transaction_id"])
        kept.append((dataset, row))
    return kept


def split(history: list[Event], now: datetime) -> tuple[list[Event], list[Event]]:
    """What happened until now, and what happens after it."""
    known = [event for event in history if happened_at(event) <= now]
    recorded = {row["terminal_id"] for dataset, row in known if dataset == "terminals"}
    future = [
        (dataset, row)
        for dataset, row in history
        if happened_at((dataset, row)) > now
        and not (dataset == "terminals" and row["terminal_id"] not in recorded)
    ]
    return known, future


def deliver(warehouse: Warehouse, name: str, arriving: list[Event]) -> None:
    """Delivers events, one batch a dataset."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for dataset, row in arriving:
        rows.setdefault(dataset, []).append(row)
    for dataset, delivered in rows.items():
        warehouse.deliver(dataset, f"{name}-{dataset}", delivered)
