"""The functions in DuckDB, as vectorised functions.

Belongs here: registration. Does not belong here: the functions.
"""

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import TYPE_CHECKING

import pyarrow as pa

from sentinel.transform import Tokeniser
from spark_udfs.functions import ArrowFunction, functions

if TYPE_CHECKING:
    import duckdb

_SQL_TYPES = {pa.string(): "VARCHAR", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN"}


def register(connection: "duckdb.DuckDBPyConnection", tokeniser: Tokeniser) -> None:
    """Makes every function callable in SQL on a connection and those made from it."""
    for each in functions(tokeniser):
        connection.create_function(
            each.name,
            _on_chunks(each),
            [_SQL_TYPES[kind] for kind in each.arguments.values()],
            _SQL_TYPES[each.returns],
            type="arrow",
            null_handling="special",
        )


def _on_chunks(function: ArrowFunction) -> Callable[..., pa.Array]:
    """DuckDB hands over each column in chunks."""

    def called(*columns: pa.ChunkedArray) -> pa.Array:
        return function.call(*(each.combine_chunks() for each in columns))

    # DuckDB counts the arguments of what it is given.
    called.__signature__ = Signature(  # type: ignore[attr-defined]
        [Parameter(name, Parameter.POSITIONAL_ONLY) for name in function.arguments]
    )
    return called
