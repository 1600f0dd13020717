"""SQL expressions of a mapping: their syntax, the columns they name, and their evaluation.

Belongs here: everything that asks DuckDB about an expression. Does not belong here: what an
expression's result is used for.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from batch_ingest.engine import engine

# What DuckDB raises for a value, as opposed to an expression, that is wrong.
_VALUE_ERRORS = (
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
    duckdb.InvalidInputException,
)


def syntax_error(expression: str) -> str | None:
    """What is wrong with an expression whatever the data, or None."""
    tree = _tree(f"({expression})")
    if tree.get("error"):
        return str(tree.get("error_message", "it cannot be parsed"))
    tree = _tree(expression)
    statements = tree["statements"]
    selected = statements[0]["node"].get("select_list", []) if len(statements) == 1 else []
    kinds = {node.get("class") for node in _nodes(tree)}
    if len(selected) != 1 or "STAR" in kinds:
        return "it must be one expression"
    if "WINDOW" in kinds:
        return "a window depends on how the file is cut into batches; it must use one record only"
    if "SUBQUERY" in kinds:
        return "a subquery is not possible; it must use one record only"
    return None


@cache
def columns_named(expression: str) -> frozenset[str]:
    """Names of source columns in an expression."""
    inside = {
        name
        for node in _nodes(_tree(expression))
        if node.get("class") == "LAMBDA"
        for each in _nodes(node.get("lhs") or {})
        for name in each.get("column_names", ())
    }
    named = {
        node["column_names"][0]
        for node in _nodes(_tree(expression))
        if node.get("class") == "COLUMN_REF"
    }
    return frozenset(named - inside)


def evaluate(expression: str, records: pa.Table) -> tuple[pa.Array, pa.Array | None]:
    """The expression's value for each record.

    Returns:
        The values, and a mask of the records for which it cannot be computed, or None.

    Raises:
        duckdb.Error: when the expression does not fit the columns' types.
    """
    records = _named_only(expression, records)
    try:
        return _selected(f"({expression})", records), None
    except _VALUE_ERRORS:
        values = _selected(f"try({expression})", records)
        is_known = _selected(f"try(({expression}) is null)", records)
        return values, pc.is_null(is_known)


def _named_only(expression: str, records: pa.Table) -> pa.Table:
    """The columns an expression names: others may differ from them by case alone."""
    named = columns_named(expression)
    there = {name.lower(): name for name in records.column_names}
    there |= {name.lower(): name for name in records.column_names if name in named}
    kept = [there[name.lower()] for name in named if name.lower() in there]
    if not kept:
        return pa.table({"_": pa.nulls(records.num_rows)})
    return records.select(sorted(set(kept)))


def _selected(expression: str, records: pa.Table) -> pa.Array:
    with engine().cursor() as cursor:
        cursor.register("source", records)
        result = cursor.sql(f"select {expression} as value from source").to_arrow_table()
    return result.column("value").combine_chunks()


def _tree(expression: str) -> dict[str, Any]:
    with engine().cursor() as cursor:
        row = cursor.execute("select json_serialize_sql(?)", [f"select {expression}"]).fetchone()
    return dict(json.loads(row[0])) if row else {}


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for each in tree.values():
            yield from _nodes(each)
    elif isinstance(tree, list):
        for each in tree:
            yield from _nodes(each)
