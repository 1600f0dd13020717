"""What tests of recovery share."""

from tests.support.fixtures import empty_warehouse, golden_warehouse

__all__ = ["empty_warehouse", "golden_warehouse"]
