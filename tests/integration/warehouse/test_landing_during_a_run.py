"""A batch that is committed while dbt runs is taken whole, then or by the next run."""

from pathlib import Path

import pytest

from tests.support.events import later, terminal, transaction
from tests.support.warehouse import Warehouse


@pytest.mark.parametrize("is_first", [True, False], ids=["first of its dataset", "one of many"])
def test_a_batch_that_lands_during_a_run_is_not_lost(
    empty_warehouse: Warehouse, tmp_path: Path, is_first: bool
) -> None:
    warehouse = empty_warehouse.copied_to(tmp_path / "home")
    warehouse.deliver("terminals", "terminals-1", [terminal("m1")])
    if not is_first:
        warehouse.deliver("transactions", "transactions-0", [transaction("t0")])
    landed = []

    def land() -> None:
        rows = [transaction(f"t{number}", later(hours=number)) for number in (1, 2, 3)]
        landed.append(warehouse.deliver("transactions", "transactions-1", rows))

    warehouse.dbt("run", "--select", "+fct_transactions", on_first_model=land)
    assert landed
    warehouse.dbt("run", "--select", "+fct_transactions", "+ingestion_reconciliation")
    expected = 3 if is_first else 4
    assert warehouse.query("select count(*) from marts.fct_transactions") == [(expected,)]
    assert not warehouse.query("select * from ops.ingestion_reconciliation where not is_reconciled")
