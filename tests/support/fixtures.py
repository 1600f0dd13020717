"""Fixtures that more than one folder of tests uses; their conftest.py imports them.

Belongs here: warehouses to start from. Does not belong here: what one test module needs.
"""

import pytest

from tests.support import golden
from tests.support.warehouse import Warehouse


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Seeds, and every model built on an empty lake. Not to be changed: take a copy."""
    warehouse = Warehouse(tmp_path_factory.mktemp("empty"))
    warehouse.dbt("build", "--exclude", "resource_type:test", "resource_type:unit_test")
    return warehouse


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
