"""The whole job on data that nobody here wrote: the handbook's card transactions.

Belongs here: exact counts that are known from the data's own description. Needs
`../shared/data/handbook` beside the clone, which is why `make test` leaves it out.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.acceptance.demo import HANDBOOK, TRANSACTIONS, make_demo

FRAUDS, CUSTOMERS, TERMINALS, DAYS = 12_484, 4_989, 10_000, 157
FRAUDS_BY_SCENARIO = {"1": 845, "2": 7_670, "3": 3_969}


@pytest.fixture(scope="module")
def marts(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(home / "published" / "published.duckdb"), read_only=True) as connection:
        yield connection


def test_every_transaction_is_in_the_mart_once(marts: duckdb.DuckDBPyConnection) -> None:
    counts = marts.execute(
        "select count(*), count(distinct transaction_id), count(distinct transaction_date) "
        "from marts.fct_transactions"
    ).fetchone()
    assert counts == (TRANSACTIONS, TRANSACTIONS, DAYS)


def test_every_label_has_arrived(marts: duckdb.DuckDBPyConnection) -> None:
    counts = marts.execute(
        "select count(*) filter (has_label), count(*) filter (is_fraud) from marts.fct_transactions"
    ).fetchone()
    assert counts == (FRAUDS, FRAUDS)
    by_scenario = marts.execute(
        "select fraud_type, count(*) from marts.fct_transactions where is_fraud group by all"
    ).fetchall()
    assert dict(by_scenario) == FRAUDS_BY_SCENARIO


def test_nothing_is_in_quarantine_or_lost(marts: duckdb.DuckDBPyConnection) -> None:
    rows = marts.execute(
        "select sum(quarantined_row_count), sum(missing_row_count), bool_and(is_reconciled) "
        "from ops.ingestion_reconciliation"
    ).fetchone()
    assert rows == (0, 0, True)


def test_customers_and_terminals_are_derived(marts: duckdb.DuckDBPyConnection) -> None:
    for table, count in (("dim_customers", CUSTOMERS), ("dim_terminals", TERMINALS)):
        found = marts.execute(
            f"select count(*), bool_and(has_master_record) from marts.{table}"
        ).fetchone()
        assert found == (count, True)


def test_no_data_test_failed(marts: duckdb.DuckDBPyConnection) -> None:
    tests, failed = marts.execute(
        "select sum(test_count), sum(failed_test_count) from ops.data_quality_scorecard"
    ).fetchone() or (0, 1)
    assert tests > 150
    assert failed == 0


def test_the_published_features_agree_with_plain_pandas(home: Path) -> None:
    """All 14 features of a sample of customers and terminals, by pandas' own rolling windows."""
    from tests.acceptance.pandas_features import compare

    with duckdb.connect(str(home / "sentinel.duckdb"), read_only=True) as warehouse:
        assert compare(warehouse, HANDBOOK) == []


def test_running_it_again_adds_nothing(home: Path) -> None:
    make_demo(home)
    with duckdb.connect(str(home / "published" / "published.duckdb"), read_only=True) as marts:
        counts = marts.execute("select count(*) from marts.fct_transactions").fetchone()
        batches = marts.execute(
            "select sum(delivered_row_count) from ops.ingestion_reconciliation "
            "where dataset = 'transactions'"
        ).fetchone()
    assert counts == batches == (TRANSACTIONS,)
