"""The generator as a whole: determinism, days against the whole, independence of concerns."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, time, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.synthetic import DayOfEvents, SyntheticConfig, SyntheticData, generate, generate_days

TABLES = ("transactions", "fraud_labels", "customers", "terminals", "truth")


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    whole = table.combine_chunks()
    with pa.ipc.new_stream(sink, whole.schema) as writer:
        writer.write_table(whole)
    return bytes(sink.getvalue())


def _all_bytes(data: SyntheticData | DayOfEvents) -> list[bytes]:
    return [_bytes(getattr(data, name)) for name in TABLES]


def test_the_same_configuration_gives_identical_bytes(
    config: SyntheticConfig, data: SyntheticData
) -> None:
    again = generate(SyntheticConfig(**{**config.as_dict(), "start": config.start}))
    assert _all_bytes(again) == _all_bytes(data)
    assert again.malformed == data.malformed
    assert again.malformed_faults == data.malformed_faults
    assert again.counts == data.counts


def test_another_seed_gives_other_data() -> None:
    one, other = (generate(SyntheticConfig.preset("small", days=15, seed=seed)) for seed in (1, 2))
    for name in TABLES:
        assert not getattr(one, name).equals(getattr(other, name)), name


def test_delivery_and_reporting_rates_leave_what_happened_as_it_is() -> None:
    plain = generate(SyntheticConfig.preset("small", days=15, seed=5))
    other = generate(
        SyntheticConfig.preset(
            "small",
            days=15,
            seed=5,
            late_rate=0.3,
            correction_rate=0.2,
            duplicate_rate=0.2,
            malformed_rate=0.1,
            report_rate=0.1,
            false_report_rate=0.2,
        )
    )
    happened = [name for name in plain.truth.column_names if not name.startswith("delivered_")]
    assert plain.truth.select(happened).equals(other.truth.select(happened))
    assert plain.customers.equals(other.customers)
    assert plain.terminals.equals(other.terminals)
    assert not plain.transactions.equals(other.transactions)


def test_days_joined_are_the_whole(config: SyntheticConfig, data: SyntheticData) -> None:
    days = list(generate_days(config))
    for name in TABLES:
        joined = pa.concat_tables(getattr(day, name) for day in days)
        assert _bytes(joined) == _bytes(getattr(data, name)), name
    assert [line.line for day in days for line in day.malformed] == data.malformed
    assert [line.fault for day in days for line in day.malformed] == data.malformed_faults


def test_each_day_holds_what_is_ingested_on_it(config: SyntheticConfig) -> None:
    days = list(generate_days(config))
    assert [day.day for day in days[: config.days]] == [
        config.start + timedelta(days=n) for n in range(config.days)
    ]
    assert len(days) > config.days, "nothing was late at the end of the period"
    for day in days:
        midnight = datetime.combine(day.day, time())
        for name in ("transactions", "fraud_labels"):
            ingested = getattr(day, name)["ingested_at"].to_pylist()
            assert ingested == sorted(ingested)
            assert all(midnight <= at < midnight + timedelta(days=1) for at in ingested)
        happened = day.truth["transaction_at"].to_pylist()
        assert all(midnight <= at < midnight + timedelta(days=1) for at in happened)
        if day.day > config.start:
            changed = day.customers["updated_at"].to_pylist()
            changed += day.terminals["updated_at"].to_pylist()
            assert all(midnight <= at < midnight + timedelta(days=1) for at in changed)
    assert all(day.truth.num_rows == 0 for day in days[config.days :])


def test_days_are_drawn_only_when_asked_for() -> None:
    config = SyntheticConfig.for_transactions(20_000_000)
    first = next(generate_days(config))
    assert first.truth.num_rows == pytest.approx(20_000_000 / config.days, rel=0.15)


_RATES = st.sampled_from([0.0, 0.02, 0.5, 1.0])
_RATE_NAMES = [f.name for f in fields(SyntheticConfig) if f.name.endswith("_rate")]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**63 - 1),
    customers=st.integers(2, 30),
    terminals=st.integers(10, 80),
    days=st.integers(1, 6),
    rates=st.fixed_dictionaries(dict.fromkeys(_RATE_NAMES, _RATES)),
)
def test_whatever_the_configuration_the_last_version_is_the_truth(
    seed: int, customers: int, terminals: int, days: int, rates: dict[str, Any]
) -> None:
    config = SyntheticConfig(
        seed=seed, customers=customers, terminals=terminals, days=days, **rates
    )
    data = generate(config)
    tables = {"transactions": data.transactions, "truth": data.truth}
    assert disagreements(tables) == 0
    assert data.counts["transactions"] == data.truth.num_rows
    assert data.counts["delivered_rows"] == data.transactions.num_rows
    assert all(count >= 0 for count in data.counts.values())


def disagreements(tables: dict[str, pa.Table]) -> int:
    """Transactions whose greatest `ingested_at` does not hold the truth alone."""
    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        (count,) = connection.execute(
            """
            with latest as (
                select * from transactions
                qualify rank() over (partition by transaction_id order by ingested_at desc) = 1
            ),
            versions as (
                select distinct transaction_id, customer_id, terminal_id, amount, transaction_at
                from latest
            )
            select count(*) from versions
            full join truth using (
                transaction_id, customer_id, terminal_id, amount, transaction_at
            )
            where versions.transaction_id is null or truth.transaction_id is null
            """
        ).fetchall()[0]
    return int(count)


def test_a_version_that_is_not_the_truth_is_found(data: SyntheticData) -> None:
    earliest = data.transactions.sort_by([("ingested_at", "descending")])
    reversed_time = earliest.set_column(
        earliest.column_names.index("ingested_at"),
        "ingested_at",
        data.transactions.sort_by("ingested_at")["ingested_at"],
    )
    tables = {"transactions": reversed_time, "truth": data.truth}
    assert disagreements(tables) >= data.counts["corrections"] // 2
