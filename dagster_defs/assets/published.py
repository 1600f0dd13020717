"""The published copy of the marts, for readers.

Belongs here: replacing the copy whole. Does not belong here: building marts. An open reader of
DuckDB's file would block the next build, so dashboards and people read this copy.
"""

import dagster as dg

from dagster_defs.resources.warehouse import query
from sentinel.publication import PUBLISHED_SCHEMAS, publish
from sentinel.redshift import schema
from sentinel.settings import Settings

_FAILED_TESTS = "select coalesce(sum(failed_test_count), 0) from {ops}.data_quality_scorecard"
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
    settings = Settings.load()
    failed = query(settings, _FAILED_TESTS.format(ops=schema(settings, "ops")))[0][0]
    if failed:
        raise dg.Failure(
            f"not published: {failed} data tests fail; ops.data_quality_scorecard says where. "
            "Readers keep the copy they have."
        )
    published = publish(settings)
    return dg.MaterializeResult(
        metadata={
            "tables": len(published.row_counts),
            "rows": sum(published.row_counts.values()),
            "schemas": ", ".join(PUBLISHED_SCHEMAS),
            "location": published.location,
        }
    )
