"""Access to the warehouse: dbt's command line for building, a reader for looking.

Belongs here: opening the warehouse. Does not belong here: what is asked of it.
"""

from typing import Any

from dagster_dbt import DbtCliResource

from dagster_defs.environment import Environment
from sentinel.redshift import redshift_cursor
from sentinel.settings import Settings


def dbt_resource(environment: Environment) -> DbtCliResource:
    """dbt for the environment's project."""
    return DbtCliResource(project_dir=environment.project)


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
