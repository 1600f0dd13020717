"""The whole job on data that nobody here wrote: the handbook's card transactions.

Belongs here: exact counts that are known from the data's own description. Needs
`../shared/data/handbook` beside the clone, which is why `make test` leaves it out.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from sentinel.settings import REPOSITORY_ROOT

HANDBOOK = REPOSITORY_ROOT.parent / "shared" / "data" / "handbook"
TRANSACTIONS, FRAUDS, CUSTOMERS, TERMINALS, DAYS = 1_504_628, 12_484, 4_989, 10_000, 157
FRAUDS_BY_SCENARIO = {"1": 845, "2": 7_670, "3": 3_969}


def _make_demo(home: Path) -> str:
    environment = {
        **os.environ,
        "SENTINEL_HOME": str(home),
        "DBT_TARGET_PATH": str(home / "dbt" / "target"),
        "DBT_LOG_PATH": str(home / "dbt" / "logs"),
        "DAGSTER_HOME": str(home / "dagster"),
    }
    done = subprocess.run(
        ["make", "demo", f"SOURCE={HANDBOOK}", "MAPPING=handbook"],
        cwd=REPOSITORY_ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("handbook")
    summary = _make_demo(folder)
    assert f"{TRANSACTIONS:,}" in summary
    return folder


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
    _make_demo(home)
    with duckdb.connect(str(home / "published" / "published.duckdb"), read_only=True) as marts:
        counts = marts.execute("select count(*) from marts.fct_transactions").fetchone()
        batches = marts.execute(
            "select sum(delivered_row_count) from ops.ingestion_reconciliation "
            "where dataset = 'transactions'"
        ).fetchone()
    assert counts == batches == (TRANSACTIONS,)
