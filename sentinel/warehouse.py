"""The warehouse of an environment, asked from outside of dbt.

Belongs here: rows of a query, and which columns there are. Does not belong here: what is asked, and
anything that changes the warehouse.
"""

from typing import Any

from sentinel.redshift import redshift_cursor
from sentinel.settings import Settings

Relation = tuple[str, str]
"""Schema and table."""
Columns = dict[str, str]
"""Type of each column, in the table's order."""
Tables = dict[Relation, Columns]

_COLUMNS = """
    select table_schema, table_name, column_name, data_type
    from information_schema.columns
    where table_schema not in ('information_schema', 'pg_catalog')
    order by table_schema, table_name, ordinal_position
"""
# There the type's length and digits stand beside it.
_REDSHIFT_COLUMNS = """
    select
        table_schema,
        table_name,
        column_name,
        data_type || case
            when data_type = 'character varying'
                then '(' || cast(character_maximum_length as varchar) || ')'
            when data_type = 'numeric'
                then '(' || cast(numeric_precision as varchar) || ','
                    || cast(numeric_scale as varchar) || ')'
            else ''
        end
    from information_schema.columns
    where table_schema not in ('information_schema', 'pg_catalog')
    order by table_schema, table_name, ordinal_position
"""
# Views that lead to tables of the lake are not in the information schema.
_LATE_BINDING_COLUMNS = """
    select view_schema, view_name, col_name, col_type
    from pg_get_late_binding_view_cols()
        cols(view_schema name, view_name name, col_name name, col_type varchar, col_num int)
    order by view_schema, view_name, col_num
"""


def query(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query on the warehouse of this environment.

    Raises:
        SettingsError: for a warehouse this process has no driver for.
        RedshiftError: when Redshift cannot be reached.
    """
    if settings.spec.target == "duckdb":
        import duckdb

        with duckdb.connect(str(settings.warehouse_file), read_only=True) as connection:
            return connection.sql(sql).fetchall()
    with redshift_cursor() as cursor:
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()]


def columns(settings: Settings) -> Tables:
    """Every table and view with its columns.

    Raises:
        as `query`.
    """
    queries = (
        (_COLUMNS,)
        if settings.spec.target == "duckdb"
        else (_REDSHIFT_COLUMNS, _LATE_BINDING_COLUMNS)
    )
    found: Tables = {}
    for sql in queries:
        for schema, table, column, kind in query(settings, sql):
            found.setdefault((schema, table), {})[column] = kind
    return found
