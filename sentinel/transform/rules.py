"""The contract's rules: which records are rejected, and why.

Belongs here: masks over converted columns, each with its reason. Does not belong here: converting
types or building the quarantine's records.
"""

from collections.abc import Iterator
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from sentinel.contracts import Column, Contract

EARLIEST_EVENT = datetime(1990, 1, 1)

Violation = tuple[pa.Array, str, str]
"""A mask of the violating records, the reason and the field it is about."""


def violations(
    contract: Contract, columns: dict[str, pa.Array], ingested_at: pa.Array
) -> Iterator[Violation]:
    """Every rule of the contract that some record breaks, the weightiest reasons first."""
    for column in contract.columns:
        values = columns[column.name]
        if column.required:
            yield pc.is_null(values), "missing_value", column.name
        yield from _value_violations(column, values)
    event_at = columns[contract.event_time]
    yield _true(pc.greater(event_at, ingested_at)), "event_after_ingestion", contract.event_time
    yield _true(pc.less(event_at, pa.scalar(EARLIEST_EVENT, event_at.type))), \
        "event_too_early", contract.event_time  # fmt: skip


def _value_violations(column: Column, values: pa.Array) -> Iterator[Violation]:
    if column.accepted_values:
        accepted = pa.array(column.accepted_values, pa.string())
        known = pc.or_(pc.is_in(values, accepted), pc.is_null(values))
        yield pc.invert(known), "value_not_accepted", column.name
    if column.pattern:
        fits = pc.match_substring_regex(values, f"^(?:{column.pattern})$")
        yield _true(pc.invert(fits)), "pattern_mismatch", column.name
    if column.minimum is not None:
        yield _true(pc.less(values, _limit(column.minimum, values))), "below_minimum", column.name
    if column.maximum is not None:
        yield (
            _true(pc.greater(values, _limit(column.maximum, values))),
            "above_maximum",
            column.name,
        )


def _limit(value: float, values: pa.Array) -> pa.Scalar:
    return (
        pa.scalar(value, pa.float64())
        if pa.types.is_floating(values.type)
        else pa.scalar(int(value))
    )


def _true(mask: pa.Array) -> pa.Array:
    return pc.fill_null(mask, False)
