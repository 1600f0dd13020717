"""The functions in Spark, as Arrow UDFs.

Belongs here: registration. Does not belong here: the functions.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa

from sentinel.transform import Tokeniser
from spark_udfs.functions import ArrowFunction, functions

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SQL_TYPES = {pa.string(): "string", pa.float64(): "double", pa.bool_(): "boolean"}


def register(session: "SparkSession", tokeniser: Tokeniser) -> None:
    """Makes every function callable in the session's SQL.

    The executors need this package and its requirements (`sentinel-lakehouse[udfs]`).
    """
    from pyspark.sql.functions import ArrowUDFType, arrow_udf

    for each in functions(tokeniser):
        # Not by annotations, from which Spark would guess: each function has arguments of its own.
        session.udf.register(
            each.name,
            arrow_udf(_on_arrays(each), _SQL_TYPES[each.returns], ArrowUDFType.SCALAR),
        )


def _on_arrays(function: ArrowFunction) -> Callable[..., pa.Array]:
    """Spark hands over arrays; its text may be of a kind with wider offsets."""
    kinds = tuple(function.arguments.values())

    def called(*columns: pa.Array) -> pa.Array:
        return function.call(
            *(column.cast(kind) for column, kind in zip(columns, kinds, strict=True))
        )

    return called
