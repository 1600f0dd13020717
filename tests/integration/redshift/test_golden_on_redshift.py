"""One SQL: the golden data set on Redshift's stand-in, row by row what it is on DuckDB.

Both engines take the same batches in the same runs, each an increment. What the stand-in cannot
show is looked for by the rules in `sentinel.portability`, over every statement that dbt sent.
"""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from fraud_model.examples import extent, load_history
from fraud_model.feature_sets import feature_set
from fraud_model.known_frauds import WINDOW_DAYS
from fraud_model.warehouse import Warehouse as ModelWarehouse
from sentinel.portability.redshift import findings
from sentinel.settings import EnvironmentName, Settings
from tests.redshift_standin.server import RedshiftStandin
from tests.support.parity import compared, differing
from tests.support.redshift_warehouse import SCHEMA, RedshiftWarehouse
from tests.support.warehouse import Warehouse, results

pytestmark = pytest.mark.xdist_group("redshift")

# Built by the runs that the golden data set is taken in.
SCHEMAS = ("staging", "intermediate", "features", "marts", "reference")

# About dbt's own runs, which are other runs.
OF_RUNS = ("pipeline_runs", "data_quality_scorecard", "source:run_log")


def test_every_table_is_what_it_is_on_duckdb(
    golden_warehouse: Warehouse, golden_redshift: RedshiftWarehouse
) -> None:
    found = compared(golden_warehouse, golden_redshift, SCHEMAS)
    assert differing(found) == []
    # Nothing is said about tables without rows.
    assert sum(each.left_row_count > 0 for each in found) >= 25


def test_every_data_test_says_what_it_says_on_duckdb(
    golden_warehouse: Warehouse, golden_redshift: RedshiftWarehouse, tmp_path: Path
) -> None:
    said = []
    for warehouse in (golden_warehouse.copied_to(tmp_path / "home"), golden_redshift):
        done = warehouse.dbt("test", "--exclude", "test_type:unit", *OF_RUNS, check=False)
        said.append({
            each.node.unique_id: (str(each.status), each.failures) for each in results(done, "test")
        })  # fmt: skip
    duckdb, redshift = said
    assert len(duckdb) > 100
    differing = {name: (duckdb[name], redshift.get(name)) for name in duckdb}
    assert {name: pair for name, pair in differing.items() if pair[0] != pair[1]} == {}


def test_the_fraud_model_reads_what_it_reads_on_duckdb(
    golden_warehouse: Warehouse,
    golden_redshift: RedshiftWarehouse,
    standin: RedshiftStandin,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    features, home = feature_set("2"), golden_warehouse.home
    here = ModelWarehouse(Settings(home=home))
    for name, value in standin.environment(SCHEMA).items():
        monkeypatch.setenv(name, value)
    there = ModelWarehouse(
        Settings(environment=EnvironmentName.PROD, home=home, lake_url="s3://x/y")
    )
    days = extent(here)
    assert extent(there) == days
    stretch = days.first_transaction, days.last_transaction + timedelta(days=1)
    one, two = (load_history(each, features, *stretch).transactions for each in (here, there))
    assert one.transaction_ids.equals(two.transaction_ids)
    np.testing.assert_allclose(one.inputs, two.inputs, rtol=1e-6)
    known = features.names.index(f"terminal_known_fraud_count_{WINDOW_DAYS}d")
    assert (one.inputs[:, known] > 0).any()


def test_snapshots_are_what_they_are_on_duckdb(
    golden_warehouse: Warehouse, golden_redshift: RedshiftWarehouse, tmp_path: Path
) -> None:
    duckdb = golden_warehouse.copied_to(tmp_path / "home")
    for warehouse in (duckdb, golden_redshift):
        warehouse.dbt("snapshot")
    found = compared(duckdb, golden_redshift, ["snapshots"])
    assert differing(found) == []
    assert [each.left_row_count > 0 for each in found] == [True, True]


def test_a_full_refresh_changes_nothing(
    golden_warehouse: Warehouse, golden_redshift: RedshiftWarehouse
) -> None:
    golden_redshift.dbt("run", "--full-refresh", "--exclude", "ops")
    assert differing(compared(golden_warehouse, golden_redshift, SCHEMAS)) == []


def test_every_statement_is_one_that_redshift_takes(
    golden_redshift: RedshiftWarehouse, standin: RedshiftStandin
) -> None:
    """Also those that macros send, which no model's compiled SQL shows."""
    found = {
        f"{each} in {sql}"
        for sql in standin.statements
        # dbt's own merge of snapshots compares short words of its own as text.
        if "DBT_INTERNAL_SOURCE.dbt_change_type::text" not in sql
        for each in findings(sql)
    }
    assert "\n\n".join(sorted(found)) == ""
    assert any("insert into" in sql for sql in standin.statements)


def test_facts_are_distributed_by_entity_and_sorted_by_event_time(
    golden_redshift: RedshiftWarehouse,
) -> None:
    design = golden_redshift.query(
        'select "table", diststyle, sortkey1 from svv_table_info '
        "where \"table\" in ('fct_transactions', 'int_fraud_labels__deduplicated', 'dim_terminals')"
    )
    assert sorted(design) == [
        ("dim_terminals", "KEY(terminal_id)", None),
        ("fct_transactions", "KEY(customer_id)", "transaction_at"),
        ("int_fraud_labels__deduplicated", "KEY(transaction_id)", "reported_at"),
    ]
