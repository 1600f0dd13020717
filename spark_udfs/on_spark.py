"""The functions in Spark, as Arrow UDFs, and as pandas UDFs where Spark has no others.

Belongs here: registration. Does not belong here: the functions.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

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
    for each in functions(tokeniser):
        session.udf.register(each.name, _vectorised(each))


def _vectorised(function: ArrowFunction) -> Any:
    """What Spark registers. Before 4.1, as on EMR 7, it hands over only pandas' series."""
    from pyspark.sql import functions as spark

    returns = _SQL_TYPES[function.returns]
    # Not by annotations, from which Spark would guess: each function has arguments of its own.
    if hasattr(spark, "arrow_udf"):
        return spark.arrow_udf(_on_arrays(function), returns, spark.ArrowUDFType.SCALAR)
    return spark.pandas_udf(_on_series(function), returns, spark.PandasUDFType.SCALAR)


def _on_arrays(function: ArrowFunction) -> Callable[..., pa.Array]:
    """Spark hands over arrays; its text may be of a kind with wider offsets."""
    kinds = tuple(function.arguments.values())

    def called(*columns: pa.Array) -> pa.Array:
        return function.call(
            *(column.cast(kind) for column, kind in zip(columns, kinds, strict=True))
        )

    return called


def _on_series(function: ArrowFunction) -> Callable[..., Any]:
    """The same for pandas' series, in which a number that is missing is no number."""
    kinds = tuple(function.arguments.values())

    def called(*columns: Any) -> Any:
        arrays = (
            pa.Array.from_pandas(each, type=kind) for each, kind in zip(columns, kinds, strict=True)
        )
        return function.call(*arrays).to_pandas()

    return called
