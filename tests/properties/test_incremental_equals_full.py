"""Promise 1: after any sequence of micro-batches every incremental model holds exactly the rows
that a full refresh of the same raw zone gives, and those are what the definitions say.
"""

import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, given, settings

from tests.properties.histories import MicroBatch, micro_batches
from tests.support import reference, reference_activity, reference_marts
from tests.support.compactions import compact_everything, remove_unused
from tests.support.comparison import differences
from tests.support.reference import World
from tests.support.warehouse import INCREMENTAL_MODELS, Warehouse

pytestmark = pytest.mark.xdist_group("properties")

EVERYTHING = (
    "+int_transactions__rules_observed", "+int_activity_hours__observed", "+fct_transactions",
    "+fraud_kpis_daily",
)  # fmt: skip
# What is selected when the others are thought to have failed.
ACTIONS = {
    "everything": EVERYTHING,
    "nothing": (),
    "only the parents": ("int_transactions__versioned", "int_fraud_labels__deduplicated"),
    "without version 2": (
        "int_transactions__versioned", "int_fraud_labels__deduplicated",
        "int_terminals__versioned", "feat_transactions", "int_transactions__rules_observed",
    ),
    "without labels": (
        "int_transactions__versioned", "feat_transactions_history", "fct_transactions",
        "int_activity_hours__observed",
    ),
    "without terminals": (
        "int_transactions__versioned", "int_fraud_labels__deduplicated", "features",
        "int_transactions__rules_observed", "int_activity_hours__observed",
    ),
    "killed before consumption": EVERYTHING,
    "killed at a statement": EVERYTHING,
    "one model anew": EVERYTHING,
    "compacted first": EVERYTHING,
    "compacted and cleaned first": EVERYTHING,
}  # fmt: skip
STATEMENTS = 200
"""Of a run of everything, a few more than there are."""
KEYS = {
    "intermediate.int_transactions__versioned": ("_batch_id", "_position"),
    "intermediate.int_fraud_labels__deduplicated": ("transaction_id", "label_source", "known_from"),
    "intermediate.int_activity_hours__observed": ("entity_kind", "entity_id", "hour_at"),
    "marts.fraud_kpis_daily": ("kpi_date",),
}
REFERENCES = {
    "features.feat_transactions": reference.features,
    "features.feat_transactions_history": reference.history,
    "intermediate.int_transactions__rules_observed": reference.observed,
    "intermediate.int_activity_hours__observed": reference_activity.activity_hours,
    "marts.fct_transactions": reference_marts.fact_transactions,
    "marts.fraud_kpis_daily": reference_marts.kpis_daily,
}


@given(history=micro_batches(tuple(ACTIONS)))
@settings(max_examples=7 if settings().derandomize else 300)
def test_incremental_equals_full(empty_warehouse: Warehouse, history: list[MicroBatch]) -> None:
    # Where nothing is ever left out, nothing can be caught up with.
    assume(any(each.action != "everything" for each in history))
    with tempfile.TemporaryDirectory() as folder:
        warehouse = empty_warehouse.copied_to(Path(folder) / "home")
        for each in history:
            take(warehouse, each)
        run(warehouse, EVERYTHING)
        grown = warehouse.rows(INCREMENTAL_MODELS)
        run(warehouse, EVERYTHING, "--full-refresh")
        full = warehouse.rows(INCREMENTAL_MODELS)
    for model in INCREMENTAL_MODELS:
        key = KEYS.get(model, ("transaction_id",))
        assert not differences(full[model], grown[model], key, exact=True), model
    world = World(delivery for each in history for delivery in each.deliveries)
    for model, rows_of in REFERENCES.items():
        key = KEYS.get(model, ("transaction_id",))
        assert not differences(rows_of(world), full[model], key), model


def take(warehouse: Warehouse, batch: MicroBatch) -> None:
    """Delivers a micro-batch and does what it says afterwards."""
    for each in batch.deliveries:
        done = warehouse.deliver(each.dataset, each.batch_id, each.rows, each.received_at)
        assert done.delivered_row_count == len(each.rows)
    if batch.action.startswith("compacted"):
        compact_everything(warehouse.lake)
    if "cleaned" in batch.action:
        remove_unused(warehouse.lake)
    if batch.action == "killed at a statement":
        warehouse.dbt(
            "run", "--select", *EVERYTHING, "--exclude", "config.materialized:view",
            check=False, cut_after=round(batch.choice / 99 * STATEMENTS),
        )  # fmt: skip
    elif selected := ACTIONS[batch.action]:
        run(warehouse, selected)
    model = INCREMENTAL_MODELS[batch.choice % (len(INCREMENTAL_MODELS) - 1)]
    if batch.action == "killed before consumption":
        # The rows are there, that they were taken is not: the next run takes them again.
        taken = "', '".join(each.batch_id for each in batch.deliveries)
        models = "', '".join(INCREMENTAL_MODELS if batch.choice % 2 else [model])
        warehouse.execute(
            "delete from run_log.batch_consumption"
            f" where model in ('{models}') and batch_id in ('{taken}')"
        )
    if batch.action == "one model anew":
        run(warehouse, (model.split(".")[1],), "--full-refresh")


def run(warehouse: Warehouse, selected: tuple[str, ...], *options: str) -> None:
    """Runs the selected models; the views are there already."""
    warehouse.dbt("run", "--select", *selected, "--exclude", "config.materialized:view", *options)
