"""Synthetic data that the tests of its generator share.

Belongs here: configurations with rates high enough to count, generated once.
Does not belong here: a generator of its own, and what other packages need of synthetic data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from sentinel.synthetic import SyntheticConfig, SyntheticData, generate

Sql = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def config() -> SyntheticConfig:
    return SyntheticConfig(
        customers=300,
        terminals=400,
        days=42,
        late_rate=0.05,
        maximum_lateness_days=6,
        duplicate_rate=0.04,
        correction_rate=0.03,
        malformed_rate=0.01,
        report_rate=0.8,
        false_report_rate=0.02,
        reversal_rate=0.4,
        customer_change_rate=0.2,
        terminal_change_rate=0.3,
        card_testing_daily_rate=0.001,
        impossible_travel_rate=0.003,
        include_future_reports=True,
    )


@pytest.fixture(scope="session")
def data(config: SyntheticConfig) -> SyntheticData:
    return generate(config)


@pytest.fixture(scope="session")
def sql(data: SyntheticData) -> Sql:
    """Ask the shared data in SQL, each table under its own name."""
    connection = duckdb.connect()
    for name in ("transactions", "fraud_labels", "customers", "terminals", "truth"):
        table: pa.Table = getattr(data, name)
        connection.register(name, table)
    return lambda query: connection.execute(query).fetchall()
