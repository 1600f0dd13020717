"""One SQL: the golden data set on Redshift's stand-in, row by row what it is on DuckDB.

Both engines take the same batches in the same runs, each an increment. What the stand-in cannot
show is looked for by the rules in `sentinel.portability`, over every statement that dbt sent.
"""

from pathlib import Path

import pytest

from sentinel.portability.redshift import findings
from tests.redshift_standin.server import RedshiftStandin
from tests.support.parity import compared, differing
from tests.support.redshift_warehouse import RedshiftWarehouse
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
