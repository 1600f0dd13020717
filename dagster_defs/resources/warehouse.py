"""dbt's command line, as assets use it.

Belongs here: the resource. Does not belong here: looking into the warehouse; see
`sentinel.warehouse`.
"""

from dagster_dbt import DbtCliResource

from dagster_defs.environment import Environment


def dbt_resource(environment: Environment) -> DbtCliResource:
    """dbt for the environment's project."""
    return DbtCliResource(project_dir=environment.project)
