"""Tables against the contracts, against each other, and against what is known of card payments."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml

from sentinel.synthetic import SyntheticConfig, SyntheticData

Sql = Callable[[str], list[tuple[Any, ...]]]
CONTRACTS = Path(__file__).parents[3] / "sentinel" / "contracts"
TYPES = {
    "string": pa.string(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
    "decimal(18,2)": pa.decimal128(18, 2),
}


def _contract(name: str) -> dict[str, Any]:
    contract: dict[str, Any] = yaml.safe_load((CONTRACTS / f"{name}.yml").read_text("utf-8"))
    return contract


@pytest.mark.parametrize("name", ["transactions", "fraud_labels", "customers", "terminals"])
def test_landing_tables_carry_what_the_contract_asks(name: str, data: SyntheticData) -> None:
    table: pa.Table = getattr(data, name)
    contract = _contract(name)
    for column in contract["columns"]:
        landing = column.get("tokenised_from") or column.get("truncated_from") or column["name"]
        values = table[landing]
        assert values.type == TYPES[column["type"]], landing
        if column.get("required"):
            assert values.null_count == 0, landing
        present = values.drop_null().to_pylist()
        assert present, f"{landing} is always null"
        if "accepted_values" in column:
            assert set(present) == set(column["accepted_values"]), landing
        if "pattern" in column:
            assert all(re.fullmatch(column["pattern"], value) for value in set(present)), landing
        if "minimum" in column:
            assert min(present) >= column["minimum"], landing
        if "maximum" in column:
            assert max(present) <= column["maximum"], landing


@pytest.mark.parametrize("name", ["fraud_labels", "customers", "terminals"])
def test_the_contract_key_is_unique(name: str, sql: Sql) -> None:
    key = ", ".join(_contract(name)["key"])
    assert sql(f"select {key} from {name} group by all having count(*) > 1") == []


def test_transaction_identifiers_follow_time(data: SyntheticData) -> None:
    truth = data.truth.select(["transaction_id", "transaction_at"]).to_pydict()
    assert truth["transaction_id"] == sorted(set(truth["transaction_id"]))
    assert truth["transaction_at"] == sorted(truth["transaction_at"])


def test_every_reference_is_to_a_version_that_held_then(sql: Sql) -> None:
    for entity in ("customer", "terminal"):
        unknown = sql(
            f"""
            select truth.transaction_id from truth
            asof left join {entity}s as versions
            on truth.{entity}_id = versions.{entity}_id
            and truth.transaction_at >= versions.updated_at
            where versions.updated_at is null or versions.is_deleted
            """
        )
        assert unknown == [], entity
    for table in ("fraud_labels", "transactions"):
        unknown = sql(f"select transaction_id from {table} anti join truth using (transaction_id)")
        assert unknown == [], table


def test_place_and_category_are_those_of_the_terminal_at_the_time(sql: Sql) -> None:
    different = sql(
        """
        select right_ones.transaction_id from (
            select transactions.* from transactions
            semi join truth using (
                transaction_id, customer_id, terminal_id, amount, transaction_at
            )
        ) as right_ones
        asof left join terminals
        on right_ones.terminal_id = terminals.terminal_id
        and right_ones.transaction_at >= terminals.updated_at
        where right_ones.merchant_category_code is distinct from terminals.merchant_category_code
        or right_ones.country_code is distinct from terminals.country_code
        """
    )
    assert different == []


def test_channels_go_with_terminals_and_what_they_know(sql: Sql) -> None:
    rows = sql(
        """
        select channel, count(*),
            count(*) filter (device_id is null or ip_address is null),
            count(*) filter (device_id is not null or ip_address is not null),
            count(*) filter (merchant_category_code = '6011'),
            count(*) filter (entry_mode in ('ecommerce', 'manual'))
        from transactions group by channel
        """
    )
    by_channel: dict[str, tuple[int, ...]] = {row[0]: row[1:] for row in rows}
    total, unknown, _, machines, online = by_channel["card_not_present"]
    assert (unknown, machines, online) == (0, 0, total)
    for channel in ("card_present", "atm"):
        total, _, known, machines, online = by_channel[channel]
        assert (known, online) == (0, 0)
        assert machines == (total if channel == "atm" else 0)


def test_currency_is_that_of_the_country(sql: Sql) -> None:
    by_country = sql("select country_code, count(distinct currency) from transactions group by 1")
    assert all(currencies == 1 for _, currencies in by_country)
    assert len(sql("select distinct currency from transactions")) >= 4


def test_customers_pay_near_home_and_travel_sometimes(sql: Sql) -> None:
    ((abroad,),) = sql(
        """
        select avg((t.country_code <> c.home_country_code)::int) from transactions as t
        asof join customers as c
        on t.customer_id = c.customer_id and t.transaction_at >= c.updated_at
        where t.channel = 'card_present'
        """
    )
    assert 0.002 < abroad < 0.08


def test_days_and_weeks_have_their_rhythm(sql: Sql, config: SyntheticConfig) -> None:
    weekdays: dict[int, int] = dict(
        sql("select isodow(transaction_at), count(*) from truth group by 1")
    )
    assert config.days % 7 == 0
    assert weekdays[5] > 1.1 * weekdays[1]
    hours: dict[int, int] = dict(
        sql(
            """
            select hour(transaction_at), count(*) from transactions
            where country_code = 'GB' and channel = 'card_present' group by 1
            """
        )
    )
    night = sum(hours.get(hour, 0) for hour in range(6))
    evening = sum(hours.get(hour, 0) for hour in range(15, 21))
    assert evening > 5 * night


def test_amounts_are_the_customers_own(sql: Sql) -> None:
    means = [
        row[0]
        for row in sql(
            "select avg(amount)::double from truth where not is_fraud group by customer_id"
        )
    ]
    assert 30 < np.mean(means) < 70
    assert np.percentile(means, 90) > 3 * np.percentile(means, 10)


@pytest.mark.parametrize(
    ("table", "rate"),
    [("customers", "customer_change_rate"), ("terminals", "terminal_change_rate")],
)
def test_as_many_change_as_asked(table: str, rate: str, sql: Sql, config: SyntheticConfig) -> None:
    key = f"{table[:-1]}_id"
    counts = sql(f"select {key}, count(*), bool_or(is_deleted) from {table} group by 1")
    assert len(counts) == getattr(config, table)
    changed = sum(versions > 1 for _, versions, _ in counts)
    assert changed == pytest.approx(getattr(config, rate) * len(counts), abs=1)
    assert any(versions > 2 for _, versions, _ in counts)
    assert 0 < sum(deleted for _, _, deleted in counts) < changed / 2


def test_terminals_move_and_change_hands_but_keep_their_country(sql: Sql) -> None:
    ((moved, taken_over, abroad),) = sql(
        """
        with versions as (
            select *,
                lag(latitude) over terminal as former_latitude,
                lag(merchant_id) over terminal as former_merchant_id,
                lag(country_code) over terminal as former_country_code
            from terminals
            window terminal as (partition by terminal_id order by updated_at)
        )
        select
            count(*) filter (latitude <> former_latitude),
            count(*) filter (merchant_id <> former_merchant_id),
            count(*) filter (country_code <> former_country_code)
        from versions
        """
    )
    assert moved > 10
    assert taken_over > 10
    assert abroad == 0
