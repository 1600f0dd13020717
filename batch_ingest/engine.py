"""The DuckDB of this package: for expressions over one chunk, in memory, with nothing to reach."""

from functools import cache

import duckdb


@cache
def engine() -> duckdb.DuckDBPyConnection:
    """One a process; take a cursor of it.

    One thread, so that rows keep their order. Expressions reach no file and no network.
    """
    connection = duckdb.connect(
        config={"threads": 1, "enable_external_access": False, "python_enable_replacements": False}
    )
    connection.execute("set timezone = 'UTC'")
    return connection
