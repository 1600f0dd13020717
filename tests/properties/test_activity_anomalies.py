"""Anomalies of activity are what their definition says, whatever happened in which hour, and
nothing that happens later changes what was said of an hour that was over.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.comparison import differences
from tests.support.events import later
from tests.support.reference_activity import anomalies
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("properties")

Row = dict[str, Any]

OBSERVED = "intermediate.int_activity_hours__observed"
FOUND = "marts.fct_activity_anomalies"
KEY = ("entity_kind", "entity_id", "anomaly_kind", "hour_at")
ENTITIES = (
    ("terminal", "m1"),
    ("terminal", "m2"),
    ("country", "DE"),
    ("merchant_category", "5411"),
)

# Few hours of the week, so that they meet in many weeks; days and hours at the edges of windows.
_moments = st.builds(
    lambda week, day, hour: later(days=7 * week + day, hours=hour),
    st.integers(0, 11), st.sampled_from((0, 0, 0, 0, 1, 6)), st.sampled_from((0, 10, 10, 10, 23)),
)  # fmt: skip
_counts = st.sampled_from((0, 1, 2, 4, 5, 6, 7, 15, 35, 60))
_reports = st.sampled_from((0, 0, 0, 0, 1, 2, 3, 9))


@st.composite
def hours(draw: st.DrawFn) -> list[Row]:
    """What happened in some hours; usual weeks, and odd hours among them."""
    cells: dict[tuple[Any, ...], Row] = {}
    for entity in ENTITIES:
        usual = draw(_counts)
        for week in range(draw(st.integers(0, 4)), draw(st.integers(4, 12))):
            _put(cells, entity, later(days=7 * week, hours=10), usual, 10 * usual, 0)
        for at in draw(st.lists(_moments, max_size=12)):
            count = draw(_counts)
            amount = count * draw(st.sampled_from((1, 10, 99.99)))
            _put(cells, entity, at, count, amount, draw(_reports))
    return list(cells.values())


def _put(
    cells: dict[tuple[Any, ...], Row], entity: tuple[str, str], at: datetime,
    count: int, amount: float, reports: int,
) -> None:  # fmt: skip
    if count or reports:
        cells[(*entity, at)] = {
            "entity_kind": entity[0],
            "entity_id": entity[1],
            "transaction_count": count,
            "transaction_amount": Decimal(str(round(amount, 2))),
            "fraud_report_count": reports,
            "hour_at": at,
        }


@pytest.fixture(scope="module")
def warehouse(
    empty_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    copy = empty_warehouse.copied_to(tmp_path_factory.mktemp("anomalies") / "home")
    copy.dbt("run", "--select", "fct_activity_anomalies+", "+fct_activity_anomalies")
    yield copy


def found(warehouse: Warehouse, observed: list[Row]) -> list[Row]:
    """What the mart says when this is all that happened."""
    rows = ", ".join(
        f"('{r['entity_kind']}', '{r['entity_id']}', {r['transaction_count']}, "
        f"{r['transaction_amount']}, {r['fraud_report_count']}, timestamp '{r['hour_at']}')"
        for r in observed
    )
    warehouse.execute(f"delete from {OBSERVED}", f"insert into {OBSERVED} values {rows}")
    return warehouse.rows([FOUND])[FOUND]


@given(observed=hours().filter(lambda rows: any(row["transaction_count"] for row in rows)))
def test_anomalies_are_what_their_definition_says(
    warehouse: Warehouse, observed: list[Row]
) -> None:
    assert not differences(anomalies(observed), found(warehouse, observed), KEY)


@given(observed=hours().filter(bool), moment=st.integers(5, 11))
def test_nothing_later_changes_what_was_said(
    warehouse: Warehouse, observed: list[Row], moment: int
) -> None:
    now = later(days=7 * moment, hours=11)
    # Something else goes on, so that the hour of the latest transaction is the same.
    pulse = {**observed[0], "entity_kind": "country", "entity_id": "FR", "transaction_count": 1,
             "fraud_report_count": 0, "hour_at": now}  # fmt: skip
    before = [row for row in observed if row["hour_at"] < now] + [pulse]
    said = found(warehouse, before)
    after = found(warehouse, [*observed, *before[-1:]])
    still_said = [row for row in after if row["hour_at"] <= now - timedelta(hours=1)]
    # The order in which threads add floats is theirs: equal to nine digits, not to the last bit.
    assert not differences(said, still_said, KEY)
