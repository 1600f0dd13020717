"""Freshness: how old what readers depend on may be.

Belongs here: one line a promise. Does not belong here: whether the content is right; data tests and
`checks` judge that.
"""

from datetime import timedelta

import dagster as dg

PROMISED_FRESHNESS = {
    # Payments never pause for long; reports of fraud may for a night.
    ("raw", "transactions"): timedelta(hours=2),
    ("raw", "fraud_labels"): timedelta(hours=26),
    ("features", "feat_transactions"): timedelta(hours=2),
    ("features", "feat_transactions_history"): timedelta(hours=2),
    ("marts", "fct_transactions"): timedelta(hours=2),
    ("marts", "fct_fraud_alerts"): timedelta(hours=2),
    ("marts", "alert_queue"): timedelta(hours=2),
    ("marts", "fraud_kpis_daily"): timedelta(hours=26),
}
"""How old an asset's latest materialisation may be, by schema and name."""


def freshness_policy(key: dg.AssetKey) -> dg.FreshnessPolicy | None:
    """The promise for an asset, with a warning when three quarters of its time have passed."""
    promise = PROMISED_FRESHNESS.get((key.path[0], key.path[-1]))
    if promise is None:
        return None
    return dg.FreshnessPolicy.time_window(fail_window=promise, warn_window=promise * 0.75)
