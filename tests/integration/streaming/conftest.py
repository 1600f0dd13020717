"""What the streaming tests share: a PostgreSQL that logs for replication, and a warehouse."""

from collections.abc import Iterator

import pytest

from tests.support.fixtures import empty_warehouse
from tests.support.postgres import PostgresServer, postgres_server

__all__ = ["empty_warehouse", "master_server"]


@pytest.fixture(scope="module")
def master_server() -> Iterator[PostgresServer]:
    """One server for a module's tests."""
    with postgres_server({"wal_level": "logical"}) as server:
        yield server
