"""Fixtures that more than one folder of tests uses; their conftest.py imports them.

Belongs here: warehouses to start from. Does not belong here: what one test module needs.
"""

import pytest

from tests.support.warehouse import Warehouse


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Seeds, and every model built on an empty lake. Not to be changed: take a copy."""
    warehouse = Warehouse(tmp_path_factory.mktemp("empty"))
    warehouse.dbt("build", "--exclude", "resource_type:test", "resource_type:unit_test")
    return warehouse
