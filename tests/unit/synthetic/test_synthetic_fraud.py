"""Each fraud pattern is there and is what its description says.

Where a pattern changes genuine transactions, the same world without it shows what it changed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from sentinel.synthetic import FRAUD_PATTERNS, SyntheticConfig, SyntheticData, generate
from sentinel.synthetic.world import create_world

Sql = Callable[[str], list[tuple[Any, ...]]]

LIMIT = Decimal(220)
_GENUINE = {"is_fraud": False, "fraud_pattern": None}
QUIET: dict[str, Any] = {
    "large_amount_rate": 0.0,
    "compromised_terminal_daily_rate": 0.0,
    "card_not_present_theft_daily_rate": 0.0,
    "card_testing_daily_rate": 0.0,
    "impossible_travel_rate": 0.0,
    "terminal_change_rate": 0.0,
}


def _only(**pattern: float) -> pa.Table:
    """The truth of one world with nothing but the given pattern."""
    config = SyntheticConfig(customers=200, terminals=200, days=30, **{**QUIET, **pattern})
    return generate(config).truth


@pytest.fixture(scope="module")
def genuine() -> list[dict[str, Any]]:
    return list(_only().to_pylist())


@pytest.mark.parametrize("seed", range(3))
def test_even_small_data_holds_every_pattern(seed: int) -> None:
    truth = generate(SyntheticConfig.preset("small", seed=seed)).truth
    assert set(truth["fraud_pattern"].drop_null().to_pylist()) == set(FRAUD_PATTERNS)


def test_about_one_percent_is_fraud() -> None:
    truth = generate(SyntheticConfig.preset("demo")).truth
    share = sum(truth["is_fraud"].to_pylist()) / truth.num_rows
    assert 0.005 < share < 0.015


def test_fraud_is_what_has_a_pattern_and_is_counted(data: SyntheticData, sql: Sql) -> None:
    assert sql("select 1 from truth where is_fraud <> (fraud_pattern is not null)") == []
    counted: dict[str, int] = dict(
        sql("select fraud_pattern, count(*) from truth where is_fraud group by 1")
    )
    assert counted == {name: data.counts[f"fraud_{name}"] for name in FRAUD_PATTERNS}
    assert min(counted.values()) > 10


def test_without_patterns_nothing_is_fraud_or_above_the_limit(
    genuine: list[dict[str, Any]],
) -> None:
    assert not any(row["is_fraud"] for row in genuine)
    assert max(row["amount"] for row in genuine) <= LIMIT


def test_every_amount_above_the_limit_is_fraud(sql: Sql) -> None:
    assert sql("select 1 from truth where amount > 220 and not is_fraud") == []
    assert sql("select 1 from truth where fraud_pattern = 'large_amount' and amount <= 220") == []


def test_large_amounts_change_the_amount_alone(genuine: list[dict[str, Any]]) -> None:
    truth = _only(large_amount_rate=0.01).to_pylist()
    assert len(truth) == len(genuine)
    large = 0
    for row, before in zip(truth, genuine, strict=True):
        if row["fraud_pattern"] == "large_amount":
            large += 1
            assert row["amount"] > LIMIT
            assert {**row, **_GENUINE, "amount": before["amount"]} == before
        else:
            assert row == before
    assert large == pytest.approx(0.01 * len(truth), rel=0.1)


def test_a_compromised_terminal_is_all_fraud_for_28_days(
    config: SyntheticConfig, data: SyntheticData
) -> None:
    world = create_world(config)
    compromised_from = world.plan.compromised_from
    inside = 0
    for row in data.truth.to_pylist():
        first = int(compromised_from[int(row["terminal_id"].removeprefix("TERM"))])
        day = (row["transaction_at"].date() - config.start).days
        if first <= day < first + 28:
            inside += 1
            assert row["is_fraud"], row
        else:
            assert row["fraud_pattern"] != "compromised_terminal", row
    assert inside > 50
    expected = config.compromised_terminal_daily_rate * config.terminals * config.days
    assert int((compromised_from < config.days).sum()) == round(expected)


def test_compromise_changes_nothing_but_the_truth(genuine: list[dict[str, Any]]) -> None:
    truth = _only(compromised_terminal_daily_rate=0.002).to_pylist()
    different = [row for row, before in zip(truth, genuine, strict=True) if row != before]
    assert different
    for row, before in zip(truth, genuine, strict=True):
        assert {**row, **_GENUINE} == before


def test_theft_multiplies_a_third_of_the_amounts_by_five(genuine: list[dict[str, Any]]) -> None:
    rate = 0.01
    config = SyntheticConfig(
        customers=200,
        terminals=200,
        days=30,
        **{**QUIET, "card_not_present_theft_daily_rate": rate},
    )
    data = generate(config)
    theft_from = create_world(config).plan.theft_from
    kept = stolen = 0
    for row, before in zip(data.truth.to_pylist(), genuine, strict=True):
        first = int(theft_from[int(row["customer_id"].removeprefix("C"))])
        day = (row["transaction_at"].date() - config.start).days
        if row["fraud_pattern"] == "card_not_present_theft":
            assert first <= day < first + 14
            assert row["amount"] == 5 * before["amount"]
            assert (row["customer_id"], row["transaction_at"]) == (
                before["customer_id"],
                before["transaction_at"],
            )
            stolen += 1
        else:
            assert row == before
            kept += first <= day < first + 14
    assert stolen > 100
    assert stolen / (stolen + kept) == pytest.approx(1 / 3, abs=0.05)


def test_theft_is_card_not_present_from_devices_customers_never_use(sql: Sql) -> None:
    rows = sql(
        """
        select t.channel, t.device_id, truth.is_fraud from transactions as t
        join truth using (transaction_id)
        where t.device_id is not null and truth.fraud_pattern is null
        or truth.fraud_pattern = 'card_not_present_theft'
        """
    )
    assert {channel for channel, _, _ in rows} == {"card_not_present"}
    genuine_devices = {device for _, device, is_fraud in rows if not is_fraud}
    fraud_devices = {device for _, device, is_fraud in rows if is_fraud}
    assert fraud_devices
    assert not genuine_devices & fraud_devices


def test_a_burst_is_many_small_amounts_within_minutes_and_often_a_large_one(sql: Sql) -> None:
    bursts = sql(
        """
        select customer_id, min(transaction_at), max(transaction_at), count(*)
        from truth where fraud_pattern = 'card_testing_burst' and amount < 2
        group by customer_id, terminal_id, transaction_at::date
        """
    )
    large = sql(
        """
        select customer_id, transaction_at, amount from truth
        where fraud_pattern = 'card_testing_burst' and amount >= 2
        """
    )
    for _, first, last, count in bursts:
        assert 6 <= count <= 15
        assert last - first <= timedelta(minutes=12)
    for customer, at, amount in large:
        assert amount > LIMIT
        ends = [last for owner, _, last, _ in bursts if owner == customer and last < at]
        assert ends
        assert at - max(ends) <= timedelta(hours=1)
    assert len(bursts) >= 10
    assert 0.3 < len(large) / len(bursts) < 0.9


def test_a_burst_uses_one_card_online(sql: Sql) -> None:
    rows = sql(
        """
        select count(distinct card_number), count(distinct device_id), min(channel), max(channel)
        from transactions join truth using (transaction_id, customer_id, terminal_id, amount)
        where fraud_pattern = 'card_testing_burst' and amount < 2
        group by customer_id, terminal_id, truth.transaction_at::date
        """
    )
    assert set(rows) == {(1, 1, "card_not_present", "card_not_present")}


def test_impossible_travel_is_far_from_the_previous_payment_within_the_hour(sql: Sql) -> None:
    rows = sql(
        """
        with placed as (
            select truth.*, radians(v.latitude) as latitude, radians(v.longitude) as longitude
            from truth asof join terminals as v
            on truth.terminal_id = v.terminal_id and truth.transaction_at >= v.updated_at
        ),
        steps as (
            select *,
                lag(transaction_at) over holder as previous_at,
                lag(latitude) over holder as previous_latitude,
                lag(longitude) over holder as previous_longitude
            from placed
            window holder as (partition by customer_id order by transaction_at, transaction_id)
        )
        select fraud_pattern, epoch(transaction_at - previous_at),
            6371 * acos(least(1, sin(latitude) * sin(previous_latitude)
                + cos(latitude) * cos(previous_latitude) * cos(longitude - previous_longitude)))
        from steps
        """
    )
    travels = [(seconds, km) for pattern, seconds, km in rows if pattern == "impossible_travel"]
    assert len(travels) > 40
    for seconds, km in travels:
        assert 0 < seconds < 3600
        assert km > 1000
    others = [
        km
        for pattern, seconds, km in rows
        if pattern is None and seconds is not None and seconds < 3600 and km is not None
    ]
    assert sum(km > 1000 for km in others) < len(others) / 10


def test_periods_start_at_midnight_of_the_start(config: SyntheticConfig, sql: Sql) -> None:
    ((first, last),) = sql("select min(transaction_at), max(transaction_at) from truth")
    assert datetime.combine(config.start, time()) <= first
    assert last < datetime.combine(config.end, time())
    assert sql("select 1 from truth where microsecond(transaction_at) % 1000000 <> 0") == []
