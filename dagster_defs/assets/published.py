"""The published copy of the marts, for readers.

Belongs here: replacing the copy whole, and going back. Does not belong here: building marts. An
open reader of DuckDB's file would block the next build, so dashboards and people read this copy.
"""

import dagster as dg

from sentinel.publication import PUBLISHED_SCHEMAS, PublicationError, Published, publish, roll_back
from sentinel.settings import Settings

ROLL_BACK = "roll_back_publication"
_READ = [
    dg.AssetKey(["marts", name])
    for name in (
        "fct_transactions", "fct_fraud_labels", "fct_rule_hits", "fct_fraud_alerts",
        "alert_queue", "fct_activity_anomalies", "anomaly_queue", "dim_customers", "dim_terminals",
        "dim_dates", "fraud_kpis_daily", "rule_performance", "terminal_risk", "customer_risk",
        "fct_model_scores", "model_performance", "model_drift", "model_fairness",
    )
]  # fmt: skip


@dg.asset(
    key=dg.AssetKey(["published", "marts"]),
    group_name="published",
    deps=_READ,
    owners=["fraud-analytics@sentinel.example"],
    kinds={"duckdb"},
    description="Copy of the marts that dashboards and people read, replaced in one step.",
)
def published_marts() -> dg.MaterializeResult[None]:
    """Makes the copy beside the old one and puts it in its place in one step."""
    try:
        published = publish(Settings.load())
    except PublicationError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    return dg.MaterializeResult(metadata=_told(published))


@dg.op
def go_back(context: dg.OpExecutionContext) -> None:
    """Swaps the published copy with the one before."""
    try:
        done = roll_back(Settings.load())
    except PublicationError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    context.log_event(dg.AssetObservation(asset_key=published_marts.key, metadata=_told(done)))


@dg.job(name=ROLL_BACK, description="Have readers see the published copy before this one again.")
def roll_back_publication() -> None:
    """One op; running it again swaps back."""
    go_back()


def _told(published: Published) -> dict[str, int | str]:
    return {
        "tables": len(published.row_counts),
        "rows": sum(published.row_counts.values()),
        "schemas": ", ".join(PUBLISHED_SCHEMAS),
        "location": published.location,
    }
