"""Deliveries: late, repeated and corrected as often as asked, and never against the truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sentinel.synthetic import SyntheticConfig, SyntheticData, generate, schemas

Sql = Callable[[str], list[tuple[Any, ...]]]

_COLUMNS = "* exclude (ingested_at)"


def test_rates_are_honoured(config: SyntheticConfig, data: SyntheticData, sql: Sql) -> None:
    total = data.truth.num_rows
    ((late,),) = sql(
        """
        select count(*) from (
            select truth.transaction_at, min(ingested_at) as first_at
            from transactions join truth using (transaction_id)
            group by transaction_id, truth.transaction_at
        ) where first_at >= transaction_at + interval 1 day
        """
    )
    assert late == data.counts["late"]
    ((corrected,),) = sql("select count(*) from truth where delivered_version_count > 1")
    assert corrected == data.counts["corrections"]
    ((repeated,),) = sql(
        "select count(*) from truth where delivered_row_count > delivered_version_count"
    )
    assert repeated == data.counts["duplicates"]
    assert late / total == pytest.approx(config.late_rate, rel=0.15)
    assert corrected / total == pytest.approx(config.correction_rate, rel=0.15)
    assert repeated / total == pytest.approx(config.duplicate_rate, rel=0.15)
    assert len(data.malformed) / total == pytest.approx(config.malformed_rate, rel=0.3)


def test_rates_of_zero_give_a_clean_feed() -> None:
    data = generate(
        SyntheticConfig.preset(
            "small", late_rate=0, duplicate_rate=0, correction_rate=0, malformed_rate=0
        )
    )
    assert data.transactions.num_rows == data.truth.num_rows
    assert data.malformed == []
    assert set(data.truth["delivered_row_count"].to_pylist()) == {1}


def test_delivered_rows_and_versions_are_as_the_truth_counts_them(sql: Sql) -> None:
    different = sql(
        f"""
        with delivered as (
            select transaction_id, count(*) as delivered_row_count from transactions group by 1
        ),
        versions as (
            select transaction_id, count(*) as delivered_version_count
            from (select distinct {_COLUMNS} from transactions) group by 1
        )
        select transaction_id from truth
        left join delivered using (transaction_id, delivered_row_count)
        left join versions using (transaction_id, delivered_version_count)
        where delivered.transaction_id is null or versions.transaction_id is null
        """
    )
    assert different == []


def test_nothing_arrives_before_it_happened_or_too_late(sql: Sql, config: SyntheticConfig) -> None:
    assert sql("select 1 from transactions where ingested_at <= transaction_at") == []
    ((longest,),) = sql(
        """
        select max(ingested_at - truth.transaction_at)
        from transactions join truth using (transaction_id)
        """
    )
    assert config.maximum_lateness_days - 1 <= longest.total_seconds() / 86_400
    assert longest.total_seconds() / 86_400 <= config.maximum_lateness_days


def test_one_version_at_a_time(sql: Sql) -> None:
    assert (
        sql(
            f"""
        select transaction_id from (select distinct {_COLUMNS}, ingested_at from transactions)
        group by transaction_id, ingested_at having count(*) > 1
        """
        )
        == []
    )


def test_repeats_come_at_once_and_later(sql: Sql) -> None:
    columns = ", ".join(name for name in schemas.TRANSACTIONS.names if name != "ingested_at")
    repeats = sql(
        f"""
        select max(ingested_at) - min(ingested_at) from transactions
        group by {columns} having count(*) > 1
        """
    )
    waits = [wait.total_seconds() for (wait,) in repeats]
    assert sum(wait == 0 for wait in waits) > len(waits) / 4
    assert sum(wait > 3_600 for wait in waits) > len(waits) / 4


def test_corrections_change_the_amount_and_sometimes_more(sql: Sql) -> None:
    ((total, amount, customer, terminal, time),) = sql(
        """
        with wrong as (
            select distinct on (transaction_id) * from transactions
            order by transaction_id, ingested_at
        )
        select count(*),
            avg((wrong.amount <> truth.amount)::int),
            avg((wrong.customer_id <> truth.customer_id)::int),
            avg((wrong.terminal_id <> truth.terminal_id)::int),
            avg((wrong.transaction_at <> truth.transaction_at)::int)
        from wrong join truth using (transaction_id)
        where truth.delivered_version_count = 2
        """
    )
    assert total > 500
    assert amount == 1
    for share in (customer, terminal, time):
        assert share == pytest.approx(0.15, abs=0.05)


def test_some_corrections_move_the_transaction_to_another_day(sql: Sql) -> None:
    ((earlier, later),) = sql(
        """
        select
            count(*) filter (t.transaction_at::date < truth.transaction_at::date),
            count(*) filter (t.transaction_at::date > truth.transaction_at::date)
        from transactions as t join truth using (transaction_id)
        """
    )
    assert earlier > 5
    assert later > 5
