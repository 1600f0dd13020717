"""Checks that dbt cannot express.

Belongs here: checks across lake and warehouse. Does not belong here: data tests; dbt has those.
"""

import dagster as dg

from dagster_defs.resources.warehouse import query
from sentinel.settings import Settings

_LATEST_EVENTS = """
    select
        (select max(transaction_at) from marts.fct_transactions),
        (select max(max_event_at) from lake.ledger where dataset = 'transactions')
"""


@dg.asset_check(
    asset=dg.AssetKey(["marts", "fct_transactions"]),
    description="The latest transaction in the mart is the latest one the ledger has: a freshness "
    "policy judges when an asset was made, this what is in it.",
)
def mart_keeps_up_with_lake() -> dg.AssetCheckResult:
    """Compares event times, not the clock, so that old data passes and a lagging mart does not."""
    mart, lake = query(Settings.load(), _LATEST_EVENTS)[0]
    return dg.AssetCheckResult(
        passed=mart == lake,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"latest in mart": str(mart), "latest in lake": str(lake)},
    )
