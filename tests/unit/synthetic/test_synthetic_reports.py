"""Reports of fraud: shares, delays, false reports, reversals and the end of the period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time
from typing import Any

import pytest

from sentinel.synthetic import SyntheticConfig, SyntheticData, generate

Sql = Callable[[str], list[tuple[Any, ...]]]


def test_nothing_is_reported_before_it_happened_or_known_before_reported(sql: Sql) -> None:
    early = sql(
        """
        select transaction_id from fraud_labels
        join (
            select transaction_id, max(transaction_at) as happened_at
            from transactions group by 1
        ) using (transaction_id)
        where reported_at <= happened_at or ingested_at <= reported_at
        """
    )
    assert early == []


def test_nothing_is_reported_before_any_version_says_it_happened() -> None:
    config = SyntheticConfig.preset("small", days=20, correction_rate=1, false_report_rate=0.5)
    data = generate(config)
    latest: dict[str, datetime] = {}
    happened = data.transactions.select(["transaction_id", "transaction_at"]).to_pydict()
    for transaction, at in zip(*happened.values(), strict=True):
        latest[transaction] = max(at, latest.get(transaction, at))
    reports = data.fraud_labels.to_pylist()
    assert len(reports) > 500
    assert all(row["reported_at"] > latest[row["transaction_id"]] for row in reports)


def test_rates_are_honoured(config: SyntheticConfig, data: SyntheticData, sql: Sql) -> None:
    ((frauds, reported, genuine, accused, reversed_ones),) = sql(
        """
        with reports as (
            select transaction_id, bool_or(is_fraud) as accused, bool_or(not is_fraud) as reversed
            from fraud_labels group by 1
        )
        select
            count(*) filter (is_fraud),
            count(*) filter (is_fraud and accused),
            count(*) filter (not is_fraud),
            count(*) filter (not is_fraud and accused),
            count(*) filter (reversed)
        from truth left join reports using (transaction_id)
        """
    )
    assert reported / frauds == pytest.approx(config.report_rate, abs=0.06)
    assert accused / genuine == pytest.approx(config.false_report_rate, rel=0.15)
    assert reversed_ones / accused == pytest.approx(config.reversal_rate, abs=0.08)
    assert accused == data.counts["false_reports"]
    assert reversed_ones == data.counts["reversals"]


def test_a_reversal_follows_a_false_report_and_none_else(sql: Sql) -> None:
    wrong = sql(
        """
        select r.transaction_id from fraud_labels as r
        join truth using (transaction_id)
        left join fraud_labels as earlier
        on earlier.transaction_id = r.transaction_id and earlier.is_fraud
        and earlier.reported_at < r.reported_at
        where not r.is_fraud and (truth.is_fraud or earlier.transaction_id is null)
        """
    )
    assert wrong == []


def test_analysts_take_hours_customers_days_chargebacks_weeks(sql: Sql) -> None:
    delays: dict[str | None, float] = dict(
        sql(
            """
            with first_reports as (
                select distinct on (transaction_id) * from fraud_labels
                order by transaction_id, reported_at
            )
            select label_source, median(epoch(reported_at - transaction_at)) / 86400
            from first_reports join truth using (transaction_id)
            where truth.is_fraud group by grouping sets ((label_source), ())
            """
        )
    )
    assert delays["analyst"] < 1
    assert 3 < delays["customer_report"] < 7
    assert 14 < delays["chargeback"] < 25
    assert 5 < delays[None] < 9


def test_reports_after_the_period_are_left_out_unless_asked_for(
    config: SyntheticConfig, data: SyntheticData
) -> None:
    end = datetime.combine(config.end, time())
    known = generate(replace(config, include_future_reports=False))
    everything = data.fraud_labels.to_pylist()
    assert known.fraud_labels.to_pylist() == [r for r in everything if r["reported_at"] < end]
    assert 0 < known.fraud_labels.num_rows < len(everything)
    assert known.truth.equals(data.truth)
    reports = sum(known.counts[n] for n in ("fraud_reports", "false_reports", "reversals"))
    assert reports == known.fraud_labels.num_rows
