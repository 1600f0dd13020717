"""Where the columns of a query come from, and which it cannot do without.

Belongs here: reading both off compiled SQL. Does not belong here: what is shown of it.
"""

from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.lineage import lineage
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope, traverse_scope
from sqlglot.schema import MappingSchema

from sentinel.warehouse import Relation, Tables

Column = tuple[Relation, str]
"""A column of a table."""


def column_origins(sql: str, tables: Tables, dialect: str) -> dict[str, set[Column]]:
    """The table columns that each output column of a query is computed from.

    Args:
        sql: the query.
        tables: columns of the tables it may mention; `*` is read by them.
        dialect: as sqlglot names it.

    Raises:
        SqlglotError: for SQL that the parser does not understand.
    """
    tree, schema = _qualified(sql, tables, dialect)
    scope = build_scope(tree)
    origins = {}
    for column in tree.named_selects:
        root = lineage(column, tree, schema, scope=scope, dialect=dialect, trim_selects=False)
        origins[column] = {
            ((node.source.db, node.source.name), node.name.rpartition(".")[2].strip('"'))
            for node in root.walk()
            if isinstance(node.source, exp.Table) and node.source.db
        }
    return origins


def columns_read(sql: str, tables: Tables, dialect: str) -> set[Column]:
    """The table columns that a query needs: for its output, to join, to filter, to order.

    What a `select *` passes on and nothing after it uses is not among them.

    Args:
        as `column_origins`.

    Raises:
        SqlglotError: for SQL that the parser does not understand.
    """
    tree, _ = _qualified(sql, tables, dialect)
    read = set()
    for scope in traverse_scope(pushdown_projections(tree)):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table) and source.db:
                read.add(((source.db, source.name), column.name))
    return read


def _qualified(sql: str, tables: Tables, dialect: str) -> tuple[Any, MappingSchema]:
    nested: dict[str, Any] = {}
    for (table_schema, table), columns in tables.items():
        nested.setdefault(table_schema, {})[table] = columns
    schema = MappingSchema(nested, dialect=dialect)
    tree = sqlglot.parse_one(sql, dialect=dialect)
    for mentioned in tree.find_all(exp.Table):
        mentioned.set("catalog", None)
    return qualify(tree, dialect=dialect, schema=schema, validate_qualify_columns=False), schema
