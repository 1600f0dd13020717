"""The definitions Dagster loads: this page only assembles."""

import dagster as dg

from dagster_defs.assets.models import model_assets
from dagster_defs.assets.published import published_marts
from dagster_defs.assets.raw import landed_datasets
from dagster_defs.assets.warehouse import warehouse_assets
from dagster_defs.automation import jobs, landing_job, schedules
from dagster_defs.checks import mart_keeps_up_with_lake, stream_equals_batch
from dagster_defs.environment import Environment, current_environment
from dagster_defs.resources.warehouse import dbt_resource
from dagster_defs.sensors import sensors
from dagster_defs.spark import spark_resource


def build_defs(environment: Environment | None = None) -> dg.Definitions:
    """The whole graph for an environment; tests and the command line load this very one."""
    environment = environment or current_environment()
    whole_history, *others = warehouse_assets(environment)
    reconciliation = stream_equals_batch(environment)
    return dg.Definitions(
        assets=[landed_datasets, whole_history, *others, published_marts, *model_assets],
        asset_checks=[mart_keeps_up_with_lake, reconciliation],
        jobs=jobs(whole_history, reconciliation),
        schedules=schedules(environment.settings),
        sensors=sensors(environment.settings),
        resources={
            "dbt": dbt_resource(environment),
            "spark": spark_resource(environment.settings),
        },
        executor=dg.in_process_executor,
    )


def build_landing_defs() -> dg.Definitions:
    """Only what lands raw data: it needs neither dbt nor its parsed project."""
    return dg.Definitions(assets=[landed_datasets], jobs=[landing_job()])


@dg.definitions
def definitions() -> dg.Definitions:
    """Loaded lazily: importing this module neither reads the environment nor parses dbt."""
    return build_defs()
