"""What the warehouse tests share.

Belongs here: warehouses that several modules read. Does not belong here: assertions. A test that
uses one carries `@pytest.mark.xdist_group("warehouse")`, so that each is built once.
"""

import pytest

from tests.support import golden
from tests.support.fixtures import empty_warehouse
from tests.support.warehouse import Warehouse

__all__ = ["empty_warehouse", "golden_warehouse"]


@pytest.fixture(scope="session")
def golden_warehouse(
    empty_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """The golden rows, delivered and taken in several runs. Not to be changed: take a copy."""
    warehouse = empty_warehouse.copied_to(tmp_path_factory.mktemp("golden") / "home")
    for run in golden.runs():
        for each in golden.deliveries(run):
            done = warehouse.deliver(each.dataset, each.batch_id, each.rows, each.received_at)
            assert done.delivered_row_count == len(each.rows)
        warehouse.dbt("run", "--exclude", "ops")
    return warehouse
