"""Times as sources write them: formats, zones, delays.

Belongs here: turning an arriving time into UTC without zone. Does not belong here: the contract's
own reading of ISO times and epoch numbers, which the transform does.
"""

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from batch_ingest.engine import engine
from sentinel.contracts import Column
from sentinel.transform.coercion import coerced

_TIMESTAMP = Column(name="time", type="timestamp", description="", classification="internal")
_MICROSECONDS_PER_DAY = 86_400_000_000


def times(
    values: pa.Array, time_format: str | None, time_zone: str | None
) -> tuple[pa.Array, pa.Array]:
    """Times in UTC, null where unreadable, and a mask of those.

    Args:
        time_format: how text is written, in `strptime` codes; ISO 8601 if None.
        time_zone: zone of times without one; of two instants that a clock change gives one
            local time, the earlier, and a time that it skips counts as the moment of the change.
    """
    has_zone = pa.types.is_timestamp(values.type) and values.type.tz is not None
    if time_format is not None:
        text = pc.cast(values, pa.string())
        parsed, failed = _parsed(text, time_format)
    else:
        parsed, failed = coerced(values, _TIMESTAMP)
    if time_zone is not None and not has_zone:
        zoned = pc.assume_timezone(parsed, time_zone, ambiguous="earliest", nonexistent="latest")
        parsed = pc.cast(zoned, pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
    return parsed, failed


def format_error(time_format: str) -> str | None:
    """What is wrong with a format, or None."""
    try:
        _parsed(pa.array(["x"]), time_format)
    except duckdb.Error as error:
        return str(error)
    return None


def shifted(values: pa.Array, days: float) -> pa.Array:
    """Times some days later."""
    if not days:
        return values
    delay = pa.scalar(round(days * _MICROSECONDS_PER_DAY), pa.duration("us"))
    return pc.add(values, delay)


def _parsed(text: pa.Array, time_format: str) -> tuple[pa.Array, pa.Array]:
    with engine().cursor() as cursor:
        cursor.register("arriving", pa.table({"value": text}))
        result = cursor.execute(
            "select try_strptime(trim(value), ?)::timestamp as value from arriving", [time_format]
        ).to_arrow_table()
    values = result.column("value").combine_chunks()
    is_given = pc.and_kleene(pc.is_valid(text), pc.not_equal(pc.utf8_trim_whitespace(text), ""))
    return values, pc.and_(pc.fill_null(is_given, False), pc.is_null(values))
