"""The golden data set: hand-checkable rows, delivered and built for real, against a brute-force
reference that shares nothing with the models. README.md in golden/ says what each row is there for.
"""

import csv
import re
from typing import Any

import pytest

from tests.support import golden
from tests.support.comparison import differences
from tests.support.reference import World
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("warehouse")

KEYS = {
    "intermediate.int_activity_hours__observed": ("entity_kind", "entity_id", "hour_at"),
    "marts.fct_fraud_labels": ("transaction_id", "label_source", "label_available_at"),
    "marts.fct_rule_hits": ("transaction_id", "rule_id"),
    "marts.fraud_kpis_daily": ("kpi_date",),
    "marts.rule_performance": ("rule_id",),
    "marts.customer_risk": ("customer_id",),
    "marts.terminal_risk": ("terminal_id",),
    "marts.alert_queue": ("alert_id",),
}
WITH_HAND = golden.FOLDER / "computed_by_hand.csv"

Table = list[dict[str, Any]]


@pytest.fixture(scope="module")
def world() -> World:
    return World(golden.deliveries())


@pytest.fixture(scope="module")
def built(golden_warehouse: Warehouse) -> dict[str, Table]:
    return golden_warehouse.rows(golden.EXPECTED)


@pytest.mark.parametrize("model", golden.EXPECTED)
def test_a_model_says_what_was_expected(built: dict[str, Table], model: str) -> None:
    found = built[model]
    expected = golden.typed_like(golden.expected_rows(model), found)
    assert not differences(expected, found, KEYS.get(model, ("transaction_id",)))


@pytest.mark.parametrize("model", golden.EXPECTED)
def test_the_expected_rows_are_what_the_reference_says(world: World, model: str) -> None:
    said = [
        {name: golden.as_text(value) for name, value in row.items()}
        for row in golden.EXPECTED[model](world)
    ]
    assert said == golden.expected_rows(model), "python -m tests.support.golden writes them anew"


def test_the_expected_rows_are_what_was_computed_by_hand() -> None:
    with WITH_HAND.open(newline="") as file:
        computed = list(csv.DictReader(file))
    wrong = []
    for each in computed:
        (row,) = [r for r in golden.expected_rows(each["model"]) if r[each["key"]] == each["row"]]
        if not is_computed(each["value"], row[each["column"]]):
            wrong.append((each["row"], each["column"], each["value"], row[each["column"]]))
    assert len({each["row"] for each in computed}) >= 12
    assert not wrong


def is_computed(by_hand: str, expected: str) -> bool:
    """Whether the two agree, to the decimals that the one by hand has."""
    if re.fullmatch(r"\d+[.]\d+", by_hand):
        decimals = len(by_hand.partition(".")[2])
        return f"{float(expected):.{decimals}f}" == by_hand
    return by_hand == expected
