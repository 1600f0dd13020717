"""Coercion: an arriving column of any type to the contract's type, value by value.

Belongs here: type conversion that keeps going when single values cannot be converted. Does not
belong here: rules about values.
"""

from functools import cache

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from sentinel.contracts import Column

_NANOSECONDS_FROM, _MICROSECONDS_FROM, _MILLISECONDS_FROM = 1e17, 1e14, 1e11
_EPOCH_TEXT = r"^-?[0-9]{9,19}(\.[0-9]+)?$"
_YEAR_1 = -62_135_596_800_000_000
_YEAR_10000 = 253_402_300_800_000_000
_EXACT_IN_DOUBLE = 2.0**53


def coerced(values: pa.Array | pa.ChunkedArray, column: Column) -> tuple[pa.Array, pa.Array]:
    """Converts an array to the column's type.

    Returns:
        The converted array, null where a value cannot be converted, and a mask of those values.
    """
    values = _plain(values)
    wanted = column.arrow_type
    if pa.types.is_floating(values.type) and not pa.types.is_decimal(wanted):
        values = pc.if_else(pc.is_nan(values), None, values)
    if pa.types.is_string(wanted) and pa.types.is_floating(values.type):
        values = _whole_numbers(values)
    if pa.types.is_string(values.type):
        values = pc.utf8_trim_whitespace(values)
        values = pc.if_else(pc.equal(values, ""), None, values)
    if pa.types.is_timestamp(wanted):
        return _timestamps(values, column)
    converted = _converted(values, column)
    if pa.types.is_floating(wanted):
        converted = pc.if_else(pc.is_finite(converted), converted, None)
    return converted, pc.and_(pc.is_valid(values), pc.is_null(converted))


def _plain(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One array of a type without dictionary; every kind of text as string."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_large_string(values.type) or pa.types.is_string_view(values.type):
        values = values.cast(pa.string())
    return values


def _converted(values: pa.Array, column: Column) -> pa.Array:
    wanted = column.arrow_type
    if values.type == wanted:
        return values
    if not pa.types.is_string(values.type) and not _rounds(values.type, wanted):
        try:
            return pc.cast(values, wanted)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            pass  # at least one value does not fit: convert one by one below
    return _one_by_one(values, column)


def _one_by_one(values: pa.Array, column: Column) -> pa.Array:
    """TRY_CAST by DuckDB, vectorised; doubles pass through text so that 0.1 stays 0.1."""
    expression = "value::varchar" if pa.types.is_floating(values.type) else "value"
    try:
        result = _query(f"select try_cast({expression} as {column.sql_type}) as value", values)
    except (duckdb.NotImplementedException, duckdb.BinderException):
        return pa.nulls(len(values), column.arrow_type)  # no value of this type converts
    return result.cast(column.arrow_type)


def _whole_numbers(values: pa.Array) -> pa.Array:
    """Identifiers that a reader took for floats (7.0) back to integers where all are whole."""
    rounded = pc.equal(values, pc.round(values))
    is_small = pc.less(pc.abs(values), _EXACT_IN_DOUBLE)
    is_whole = pc.all(pc.and_(rounded, is_small)).as_py()
    return pc.cast(values, pa.int64()) if is_whole else values


def _timestamps(values: pa.Array, column: Column) -> tuple[pa.Array, pa.Array]:
    """Instants as UTC without zone; numbers are seconds, milli-, micro- or nanoseconds."""
    arriving = values
    if pa.types.is_timestamp(values.type):
        values = _in_microseconds(values)
    elif pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        values = _from_epoch(values)
    elif pa.types.is_string(values.type):
        is_number = pc.match_substring_regex(values, _EPOCH_TEXT)
        numbers = pc.cast(pc.if_else(is_number, values, None), pa.float64())
        values = _one_by_one(_in_utc(values), column)
        values = pc.coalesce(values, _from_epoch(numbers))
    else:
        values = _converted(values, column)
    number = values.view(pa.int64())
    is_known = pc.and_(pc.greater_equal(number, _YEAR_1), pc.less(number, _YEAR_10000))
    values = pc.if_else(is_known, values, None)
    return values, pc.and_(pc.is_valid(arriving), pc.is_null(values))


def _in_microseconds(values: pa.Array) -> pa.Array:
    """Timestamps of any unit and zone; null where the unit's range is wider than microseconds'."""
    unit = values.type.unit
    number = values.view(pa.int64())  # an instant with a zone is stored in UTC
    if per_unit := {"s": 10**6, "ms": 10**3}.get(unit):
        is_known = pc.and_(pc.greater_equal(number, _YEAR_1 // per_unit),
                           pc.less(number, _YEAR_10000 // per_unit))  # fmt: skip
        number = pc.if_else(is_known, number, None)
    return pc.cast(number.view(pa.timestamp(unit)), pa.timestamp("us"), safe=False)


def _from_epoch(values: pa.Array) -> pa.Array:
    """Each number by its own size, so that one wrong value cannot change what the others mean."""
    size = pc.abs(pc.cast(values, pa.float64(), safe=False))
    parts = (
        (pc.less(size, _MILLISECONDS_FROM), 1_000_000),
        (pc.less(size, _MICROSECONDS_FROM), 1_000),
        (pc.less(size, _NANOSECONDS_FROM), 1),
        (pc.less(size, 9e18), 0.001),
    )
    result = pa.nulls(len(values), pa.int64())
    for mask, factor in parts:
        scaled = pc.multiply(pc.if_else(mask, values, None).cast(pa.float64(), safe=False), factor)
        if pa.types.is_integer(values.type) and factor >= 1:
            scaled = pc.multiply(pc.if_else(mask, values, None), int(factor))
        result = pc.coalesce(result, pc.cast(scaled, pa.int64(), safe=False))
    return result.view(pa.timestamp("us"))


def _in_utc(values: pa.Array) -> pa.Array:
    """ISO 8601 text, with or without zone, to text in UTC; what cannot be read stays text."""
    return _query(
        "select coalesce(try_cast(try_cast(value as timestamptz) as timestamp)::varchar, value) "
        "as value",
        values,
    )


def _query(select: str, values: pa.Array) -> pa.Array:
    with _engine().cursor() as cursor:
        cursor.register("arriving", pa.table({"value": values}))
        result = cursor.sql(f"{select} from arriving").to_arrow_table()
    return result.column("value").combine_chunks()


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One DuckDB a process: opening one costs more than converting a batch."""
    connection = duckdb.connect(config={"threads": 1, "autoload_known_extensions": False})
    connection.execute("set timezone = 'UTC'")
    return connection


def _rounds(arriving: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether Arrow's cast would lose or refuse digits that a decimal conversion must round."""
    if not pa.types.is_decimal(wanted) or pa.types.is_integer(arriving):
        return False
    return not pa.types.is_decimal(arriving) or arriving.scale > wanted.scale
