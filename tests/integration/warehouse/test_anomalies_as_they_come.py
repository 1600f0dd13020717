"""Anomalies as micro-batches come: they appear, and go again when what was delivered is corrected.

Belongs here: what micro-batches do to hours and anomalies. Does not belong here: what an anomaly
is, which dbt unit tests and tests/properties/test_activity_anomalies.py say.
"""

from datetime import datetime
from typing import Any

import pytest

from tests.support.events import decision, label, later, terminal, transaction
from tests.support.warehouse import Warehouse

Row = dict[str, Any]

WEEKS = 6
# The tenth hour of the Friday after six ordinary ones.
NOW = later(days=7 * WEEKS, hours=10)


def minutes(count: int) -> datetime:
    return NOW.replace(minute=count)


@pytest.fixture
def warehouse(empty_warehouse: Warehouse, tmp_path: Any) -> Warehouse:
    """A shop in Germany with a payment each Friday, and a busy one in France."""
    made = empty_warehouse.copied_to(tmp_path / "home")
    shops = {"quiet": "DE", "busy": "FR"}
    made.deliver(
        "terminals", "terminals-1",
        [terminal(name, country_code=country) for name, country in shops.items()],
    )  # fmt: skip
    history = [
        transaction(f"{name}-{week}-{number}", later(days=7 * week, hours=10, seconds=number),
                    terminal_id=name)
        for week in range(WEEKS) for name, count in (("quiet", 1), ("busy", 60))
        for number in range(count)
    ]  # fmt: skip
    made.deliver("transactions", "history", history)
    made.dbt("run", "--selector", "near_real_time_from_scratch")
    return made


def take(warehouse: Warehouse, name: str, rows: list[Row], dataset: str = "transactions") -> None:
    """One micro-batch: delivered, and taken by the models of the near-real-time loop alone."""
    warehouse.deliver(dataset, name, rows)
    warehouse.dbt("run", "--selector", "near_real_time")


def anomalies(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.query(
        "select entity_kind, entity_id, anomaly_kind, direction, observed_value, expected_value"
        " from marts.fct_activity_anomalies where anomaly_kind <> 'amount' order by all"
    )


def hours(warehouse: Warehouse, *names: str) -> list[tuple[Any, ...]]:
    """Name, transactions, amount and reports of entities in the hour that it is about."""
    wanted = "', '".join(names)
    return warehouse.query(
        "select entity_id, transaction_count, transaction_amount, fraud_report_count"
        f" from intermediate.int_activity_hours__observed where hour_at = timestamp '{NOW}'"
        f" and entity_id in ('{wanted}') order by 1"
    )


def test_a_burst_appears_and_goes_when_it_is_corrected(warehouse: Warehouse) -> None:
    assert anomalies(warehouse) == []
    # The second payment of a quiet shop is no news.
    take(warehouse, "batch-1", [transaction(f"b{n}", minutes(n), "c2", "quiet", 1) for n in (1, 2)])
    assert anomalies(warehouse) == []
    burst = [transaction(f"b{n}", minutes(n), "c2", "quiet", 1) for n in range(3, 8)]
    take(warehouse, "batch-2", burst)
    found = ("volume", "above", 7.0, 1.0)
    assert anomalies(warehouse) == [("country", "DE", *found), ("terminal", "quiet", *found)]
    assert hours(warehouse, "quiet", "DE") == [("DE", 7, 7, 0), ("quiet", 7, 7, 0)]
    # Three of them turn out to have been made elsewhere, and one at another time.
    take(
        warehouse, "batch-3",
        [transaction(f"b{n}", minutes(n), "c2", "other", 2) for n in (1, 2, 3)]
        + [transaction("b4", later(days=40), "c2", "quiet", 1)],
    )  # fmt: skip
    assert anomalies(warehouse) == []
    assert hours(warehouse, "quiet", "other", "DE") == [
        ("DE", 3, 3, 0), ("other", 3, 6, 0), ("quiet", 3, 3, 0),
    ]  # fmt: skip
    # An hour of which nothing is left is no longer there.
    moved = [transaction(f"b{n}", minutes(n), "c2", "quiet", 3) for n in (1, 2, 3)]
    take(warehouse, "batch-4", moved)
    assert hours(warehouse, "other") == []
    assert hours(warehouse, "quiet") == [("quiet", 6, 12, 0)]


def test_silence_is_news_once_the_hour_is_over(warehouse: Warehouse) -> None:
    take(warehouse, "now", [transaction("q1", minutes(30), "c2", "quiet")])
    assert anomalies(warehouse) == []
    take(warehouse, "later", [transaction("q2", later(days=7 * WEEKS, hours=11), "c2", "quiet")])
    gone = ("volume", "below", 0.0, 60.0)
    assert anomalies(warehouse) == [("country", "FR", *gone), ("terminal", "busy", *gone)]
    # The payments were only late.
    take(warehouse, "late", [transaction(f"l{n}", minutes(n), "c3", "busy") for n in range(50)])
    assert anomalies(warehouse) == []


def test_reports_are_news_when_they_are_made(warehouse: Warehouse) -> None:
    sold = [f"quiet-{week}-0" for week in range(1, 5)]
    reported = [label(name, minutes(n)) for n, name in enumerate(sold)]
    take(warehouse, "reports", reported, "fraud_labels")
    assert hours(warehouse, "quiet", "DE") == [("DE", 0, 0, 4), ("quiet", 0, 0, 4)]
    found = [row for row in anomalies(warehouse) if row[2] == "fraud_rate"]
    # Of four transactions in four weeks; none was reported before.
    assert found == [
        ("country", "DE", "fraud_rate", "above", 1.0, 0.0),
        ("terminal", "quiet", "fraud_rate", "above", 1.0, 0.0),
    ]
    # Two are withdrawn before the hour is over, by whom they came from or by somebody else.
    take(
        warehouse, "withdrawn",
        [label(sold[0], minutes(50), is_fraud=False, label_source="analyst"),
         label(sold[1], minutes(1), is_fraud=False)],
        "fraud_labels",
    )  # fmt: skip
    assert hours(warehouse, "quiet", "DE") == [("DE", 0, 0, 2), ("quiet", 0, 0, 2)]
    assert anomalies(warehouse) == []


def test_a_terminal_that_was_elsewhere_moves_its_hours_between_countries(
    warehouse: Warehouse,
) -> None:
    take(warehouse, "sold", [transaction("q1", minutes(30), "c2", "quiet")])
    take(warehouse, "reported", [label("q1", minutes(40))], "fraud_labels")
    warehouse.deliver("terminals", "terminals-2", [terminal("quiet", country_code="AT")])
    warehouse.dbt("run", "--select", "+int_activity_hours__observed")
    assert hours(warehouse, "AT", "DE", "quiet") == [("AT", 1, 10, 1), ("quiet", 1, 10, 1)]


def test_a_decision_takes_an_anomaly_from_the_queue(warehouse: Warehouse) -> None:
    take(warehouse, "two", [transaction(f"b{n}", minutes(n), "c2", "quiet", 1) for n in range(7)])
    queue = "select alert_id from marts.anomaly_queue order by 1"
    day = NOW.date()
    ids = [f"anomaly-volume-above-{name}-{day}" for name in ("country-DE", "terminal-quiet")]
    assert warehouse.query(queue) == [(each,) for each in ids]
    warehouse.deliver("analyst_decisions", "decisions", [decision(ids[1], minutes(59))])
    warehouse.dbt("run", "--select", "stg_raw__analyst_decisions", "stg_lake__batches")
    assert warehouse.query(queue) == [(ids[0],)]
