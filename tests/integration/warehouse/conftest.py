"""What the warehouse tests share.

Belongs here: warehouses that several modules read. Does not belong here: assertions. A test that
uses one carries `@pytest.mark.xdist_group("warehouse")`, so that each is built once.
"""

from tests.support.fixtures import empty_warehouse, golden_warehouse

__all__ = ["empty_warehouse", "golden_warehouse"]
