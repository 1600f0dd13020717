"""Jobs and schedules: what runs together and when.

Belongs here: selections and times. Does not belong here: what reacts to events; see `sensors`.
"""

from datetime import timedelta
from typing import Any

import dagster as dg
from dagster_dbt import build_dbt_asset_selection

from dagster_defs.assets.models import DECISIONS, DRIFT, HEALTH, MODEL_LOG, MODELS, SCORES
from dagster_defs.assets.published import published_marts, roll_back_publication
from dagster_defs.environment_expiry import EXPIRE, expire_environments
from dagster_defs.lake_maintenance import COMPACT, compact_lake
from dagster_defs.spark import build_on_spark
from sentinel.settings import Settings

_BY_DAY = dg.AssetSelection.assets(dg.AssetKey(["marts", "fraud_kpis_daily"]))
_PUBLISHED = dg.AssetSelection.assets(published_marts.key)
_RAW = dg.AssetSelection.groups("raw", "lake")
_MODELS = dg.AssetSelection.groups(MODELS, MODEL_LOG)
_IN_USE = dg.AssetSelection.assets(*SCORES, DECISIONS, DRIFT, HEALTH)

LAND = "land_raw_data"
DAILY_FIGURES = "daily_figures"
PUBLISH = "publish"
REBUILD = "rebuild_warehouse"
NEAR_REAL_TIME = "near_real_time"
"""Job, and dbt selector."""
RECONCILE = "reconcile_stream"
TRAIN = "train_fraud_model"
SCORE = "score_and_watch"


def landing_job() -> Any:
    """The job that reads a source; Dagster exports no type for it."""
    return dg.define_asset_job(LAND, _RAW, description="Land a source into the raw zone.")


def jobs(whole_history: dg.AssetsDefinition, reconciliation: dg.AssetChecksDefinition) -> list[Any]:
    """The jobs by which people, schedules and sensors run the graph.

    Args:
        whole_history: the dbt models that are not partitioned, from which its selectors choose.
        reconciliation: the checks that compare stream and batch, which run on their own only.
    """
    compared = dg.AssetSelection.checks(reconciliation)
    touched = build_dbt_asset_selection([whole_history], dbt_selector=NEAR_REAL_TIME)
    return [
        landing_job(),
        dg.define_asset_job(
            NEAR_REAL_TIME, touched.without_checks(),
            description="What a micro-batch touches, without its data tests.",
        ),
        dg.define_asset_job(
            REBUILD, dg.AssetSelection.all() - _BY_DAY - _PUBLISHED - _RAW - _MODELS - compared,
            description="Build the warehouse from what has landed.",
        ),
        dg.define_asset_job(
            DAILY_FIGURES, _BY_DAY, description="The daily figures, for a range of days.",
        ),
        dg.define_asset_job(
            RECONCILE, compared,
            description="Compute again what yesterday's stream left, compare, and repair.",
        ),
        dg.define_asset_job(
            TRAIN, _MODELS - _IN_USE,
            description="Train a challenger, let it pass the gate or not, and propose rules.",
        ),
        dg.define_asset_job(
            SCORE, _IN_USE,
            description="Deliver decisions, score the newest days, and watch for what is unusual.",
        ),
        dg.define_asset_job(PUBLISH, _PUBLISHED, description="Replace what readers see."),
        roll_back_publication,
        compact_lake,
        expire_environments,
        build_on_spark,
    ]  # fmt: skip


def schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """When each job runs by itself, where that is allowed."""
    status = (
        dg.DefaultScheduleStatus.RUNNING
        if settings.may_run_unattended
        else dg.DefaultScheduleStatus.STOPPED
    )
    return [
        dg.ScheduleDefinition(
            name="hourly_build", cron_schedule="5 * * * *", job_name=REBUILD,
            default_status=status, execution_timezone="UTC",
        ),
        dg.ScheduleDefinition(
            name="daily_publication", cron_schedule="30 5 * * *", job_name=PUBLISH,
            default_status=status, execution_timezone="UTC",
        ),
        dg.ScheduleDefinition(
            name="daily_compaction", cron_schedule="30 2 * * *", job_name=COMPACT,
            # Elsewhere the job refuses: the lake is not read by the names of its files.
            default_status=(
                status if settings.spec.target == "duckdb" else dg.DefaultScheduleStatus.STOPPED
            ),
            execution_timezone="UTC",
        ),
        dg.ScheduleDefinition(
            name="daily_reconciliation", cron_schedule="30 3 * * *", job_name=RECONCILE,
            default_status=status, execution_timezone="UTC",
        ),
        dg.ScheduleDefinition(
            # The night after a week's last reports are in.
            name="weekly_training", cron_schedule="0 4 * * 1", job_name=TRAIN,
            default_status=status, execution_timezone="UTC",
        ),
        dg.ScheduleDefinition(
            name="daily_scores", cron_schedule="15 5 * * *", job_name=SCORE,
            default_status=status, execution_timezone="UTC",
        ),
        dg.ScheduleDefinition(
            name="hourly_expiry", cron_schedule="40 * * * *", job_name=EXPIRE,
            # Elsewhere nobody shares the warehouse.
            default_status=(
                status if settings.spec.target == "redshift" else dg.DefaultScheduleStatus.STOPPED
            ),
            execution_timezone="UTC",
        ),
        _daily_figures_schedule(status),
    ]  # fmt: skip


def _daily_figures_schedule(status: dg.DefaultScheduleStatus) -> dg.ScheduleDefinition:
    """Yesterday again, and the days before it that late labels still change."""

    @dg.schedule(
        name="daily_figures", cron_schedule="0 5 * * *", job_name=DAILY_FIGURES,
        default_status=status, execution_timezone="UTC",
    )  # fmt: skip
    def daily_figures(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = context.scheduled_execution_time.date()
        return dg.RunRequest(
            run_key=day.isoformat(),
            tags={
                "dagster/asset_partition_range_start": (day - timedelta(days=60)).isoformat(),
                "dagster/asset_partition_range_end": (day - timedelta(days=1)).isoformat(),
            },
        )

    return daily_figures
