"""Checks that dbt cannot express.

Belongs here: checks across lake and warehouse. Does not belong here: data tests; dbt has those.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import dagster as dg

from dagster_defs.environment import Environment
from dagster_defs.resources.notifier import Alert, notifier
from dagster_defs.translator import asset_key
from sentinel.lake_access import open_lake
from sentinel.redshift import schema
from sentinel.settings import Settings
from sentinel.warehouse import query
from streaming_ingest.replay.history import Stretch
from streaming_ingest.replay.reconciliation import Comparison, recent_stretch, reconcile

STREAM_EQUALS_BATCH = "stream_equals_batch"
_DELIVERED_WITHIN = timedelta(hours=25)

_LATEST_EVENTS = """
    select
        (select max(transaction_at) from {marts}.fct_transactions),
        (select max(max_event_at) from lake.ledger where dataset = 'transactions')
"""


@dg.asset_check(
    asset=dg.AssetKey(["marts", "fct_transactions"]),
    description="The latest transaction in the mart is the latest one the ledger has: a freshness "
    "policy judges when an asset was made, this what is in it.",
)
def mart_keeps_up_with_lake() -> dg.AssetCheckResult:
    """Compares event times, not the clock, so that old data passes and a lagging mart does not."""
    settings = Settings.load()
    latest = _LATEST_EVENTS.format(marts=schema(settings, "marts"))
    mart, lake = query(settings, latest)[0]
    return dg.AssetCheckResult(
        passed=mart == lake,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"latest in mart": str(mart), "latest in lake": str(lake)},
    )


class ReconciliationConfig(dg.Config):
    """Days of event time to compare; nothing: those of what was delivered in the last day."""

    first_day: str = ""
    last_day: str = ""


def stream_equals_batch(environment: Environment) -> dg.AssetChecksDefinition:
    """For each model that micro-batches keep current: its rows are those of a batch.

    Rows that were not are computed again by then; somebody is told, because they should have been.
    """
    manifest = json.loads(environment.project.manifest_path.read_text())
    models = [node for node in manifest["nodes"].values() if _is_streamed(node)]

    @dg.multi_asset_check(
        name="compare_stream_with_batch",  # a job has the other name
        specs=[
            dg.AssetCheckSpec(
                STREAM_EQUALS_BATCH, asset=asset_key(node),
                description="Micro-batches left the rows that computing them again gives.",
            )
            for node in models
        ],
    )  # fmt: skip
    def check(
        context: dg.AssetCheckExecutionContext, config: ReconciliationConfig
    ) -> Iterator[dg.AssetCheckResult]:
        settings = environment.settings
        done = reconcile(settings, _stretch(settings, config), context.log.info)
        if done.differing:
            notifier(settings).notify(
                Alert(
                    title="Stream and batch differed",
                    text="; ".join(map(_in_words, done.differing)),
                    run_id=context.run.run_id,
                )
            )
        found = {each.model: each for each in done.comparisons}
        for node in models:
            key = asset_key(node)
            yield _result(key, found.get(".".join(key.path)))

    return check


def _is_streamed(node: dict[str, Any]) -> bool:
    config = node["config"]
    is_incremental = node["resource_type"] == "model" and config["materialized"] == "incremental"
    return is_incremental and bool(config.get("event_time"))


def _stretch(settings: Settings, config: ReconciliationConfig) -> Stretch | None:
    if config.first_day and config.last_day:
        return Stretch(date.fromisoformat(config.first_day), date.fromisoformat(config.last_day))
    return recent_stretch(open_lake(settings), _DELIVERED_WITHIN)


def _result(key: dg.AssetKey, compared: Comparison | None) -> dg.AssetCheckResult:
    if compared is None:
        return dg.AssetCheckResult(
            passed=True, asset_key=key, check_name=STREAM_EQUALS_BATCH,
            description="nothing was delivered that could be compared",
        )  # fmt: skip
    return dg.AssetCheckResult(
        passed=not compared.differing_count, asset_key=key, check_name=STREAM_EQUALS_BATCH,
        severity=dg.AssetCheckSeverity.WARN, description=_in_words(compared),
        metadata={
            "rows compared": compared.row_count, "rows repaired": compared.differing_count,
        },
    )  # fmt: skip


def _in_words(compared: Comparison) -> str:
    if not compared.differing_count:
        return f"{compared.model}: all {compared.row_count:,} rows agree"
    return (
        f"{compared.model}: {compared.differing_count:,} of {compared.row_count:,} rows were wrong "
        "and are repaired"
    )
