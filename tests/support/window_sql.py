"""The window macros as SQL, and tables to run them on.

Belongs here: rendering each macro once a process, on every form it has, and executing it over rows.
Does not belong here: what the windows must hold.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

from tests.support.spark import spark_session
from tests.support.warehouse import Warehouse

Row = dict[str, Any]

COUNTS = (
    {"name": "count_4", "window_seconds": 4, "delay_seconds": 0},
    {"name": "count_15", "window_seconds": 15, "delay_seconds": 0},
    {"name": "count_4_delay_6", "window_seconds": 4, "delay_seconds": 6},
    {"name": "count_15_delay_6", "window_seconds": 15, "delay_seconds": 6},
)
SUMS = (
    {"name": "sum_4", "window_seconds": 4, "delay_seconds": 0},
    {"name": "sum_15", "window_seconds": 15, "delay_seconds": 0},
    {"name": "sum_15_delay_6", "window_seconds": 15, "delay_seconds": 6},
)
FRAUD_COUNTS = (
    {"name": "frauds_4", "window_seconds": 4, "delay_seconds": 0},
    {"name": "frauds_4_delay_6", "window_seconds": 4, "delay_seconds": 6},
    {"name": "frauds_15_delay_6", "window_seconds": 15, "delay_seconds": 6},
)
MAXIMUM_SECONDS = 15

# Entity forms: one column, as text; several, as a list.
ENTITIES: dict[str, tuple[str, ...]] = {
    "one": ("customer_id",),
    "two": ("customer_id", "terminal_id"),
}
IMPLEMENTATIONS = ("duckdb", "default")

_EVENTS = pa.schema(
    [
        ("transaction_id", pa.string()),
        ("customer_id", pa.string()),
        ("terminal_id", pa.string()),
        ("transaction_at", pa.timestamp("us")),
        ("amount", pa.decimal128(18, 2)),
    ]
)
_KNOWN_FRAUDS = pa.schema(
    [
        ("customer_id", pa.string()),
        ("transaction_at", pa.timestamp("us")),
        ("known_from", pa.timestamp("us")),
        ("known_until", pa.timestamp("us")),
    ]
)
# One that the first windows are kept apart by, and one that they are not.
CARRIED = ("customer_id", "amount")
_PART = "-- part "


def _aggregates() -> list[dict[str, Any]]:
    # A delay of nought may also be left out.
    counts = [{**each, "function": "count"} for each in COUNTS]
    del counts[0]["delay_seconds"]
    return counts + [{**each, "function": "sum", "expression": "amount"} for each in SUMS]


def _template() -> str:
    parts = {}
    for implementation in IMPLEMENTATIONS:
        for form, columns in ENTITIES.items():
            group = {"entity": list(columns), "aggregates": _aggregates()}
            parts[f"aggregates {implementation} {form}"] = _by_entity(implementation, [group])
        # Windows of several entities in one pass, each by names of its own.
        parts[f"aggregates {implementation} together"] = _by_entity(
            implementation,
            [
                {"entity": list(columns), "aggregates": _named(form)}
                for form, columns in ENTITIES.items()
            ],
            CARRIED,
        )
        parts[f"maximum {implementation}"] = (
            f"sentinel.{implementation}__trailing_earlier_maximum("
            f"'events', 'customer_id', 'amount', 'maximum', {MAXIMUM_SECONDS})"
        )
    # What a model calls, with the entity as text: the dispatch and the list made of it.
    parts["aggregates called"] = (
        f"sentinel.trailing_aggregates('events', 'customer_id', {_aggregates()})"
    )
    parts["frauds"] = (
        "sentinel.known_fraud_counts("
        f"'events', 'known_frauds', 'customer_id', {list(FRAUD_COUNTS)})"
    )
    return "\n".join(f"{_PART}{name}\n{{{{ {call} }}}}" for name, call in parts.items())


def _by_entity(
    implementation: str, groups: list[dict[str, Any]], carried: tuple[str, ...] = ()
) -> str:
    macro = f"sentinel.{implementation}__trailing_aggregates_by_entity"
    return f"{macro}('events', {groups}, {list(carried)})"


def _named(form: str) -> list[dict[str, Any]]:
    return [{**each, "name": f"{form}_{each['name']}"} for each in _aggregates()]


class _OnSpark(Warehouse):
    """Only for rendering: it has no tables."""

    target = "spark"


@cache
def sql(engine: str = "duckdb") -> Mapping[str, str]:
    """The rendered macros by name, as an engine has them."""
    with TemporaryDirectory() as folder:
        warehouse = (_OnSpark if engine == "spark" else Warehouse)(Path(folder))
        done = warehouse.dbt("compile", "--inline", _template())
    (result,) = done.result.results
    rendered = {}
    for part in result.node.compiled_code.split(_PART)[1:]:
        name, _, text = part.partition("\n")
        rendered[name] = text
    return rendered


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def ask(
    name: str, events: Sequence[Row], known_frauds: Sequence[Row] = (), engine: str = "duckdb"
) -> dict[str, Row]:
    """Rows of a rendered macro on an engine, by transaction_id."""
    tables = {
        "events": pa.Table.from_pylist(list(events), _EVENTS),
        "known_frauds": pa.Table.from_pylist(list(known_frauds), _KNOWN_FRAUDS),
    }
    run = _on_spark if engine == "spark" else _on_duckdb
    found = run(name, tables)
    rows = {row.pop("transaction_id"): row for row in found}
    assert len(rows) == len(found), "a transaction has several rows"
    return rows


def _on_duckdb(name: str, tables: Mapping[str, pa.Table]) -> list[Row]:
    for table, rows in tables.items():
        _connection().register(table, rows)
    result = _connection().sql(sql()[name])
    return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]


def _on_spark(name: str, tables: Mapping[str, pa.Table]) -> list[Row]:
    session = spark_session()
    for table, rows in tables.items():
        # Times of a lake are without a zone; a model sees them as Spark's timestamps.
        frame = session.createDataFrame(rows)
        for column, kind in frame.dtypes:
            if kind == "timestamp_ntz":
                frame = frame.withColumn(column, frame[column].cast("timestamp"))
        frame.createOrReplaceTempView(table)
    found: list[Row] = session.sql(sql("spark")[name]).toArrow().to_pylist()
    return found
