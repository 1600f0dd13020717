"""Version 1 of the features by pandas, from the raw files: an independent second opinion.

Belongs here: the published definition in the field's usual tool. Does not belong here: any of the
project's own code or SQL, or the comparison would prove nothing.
"""

from pathlib import Path

import duckdb
import pandas as pd

SAMPLED_CUSTOMERS, SAMPLED_TERMINALS = 60, 120
DAYS = (1, 7, 30)
DELAY_DAYS = 7


def compare(warehouse: duckdb.DuckDBPyConnection, handbook: Path) -> list[str]:
    """Names of the features that differ, with how often, over the sampled entities."""
    events = pd.concat(pd.read_parquet(path) for path in sorted(handbook.glob("*.parquet")))
    events["TX_AMOUNT"] = events["TX_AMOUNT"].astype(float)
    stored = warehouse.sql("select * from features.feat_transactions").df()
    stored["transaction_id"] = stored["transaction_id"].astype("int64")
    stored = stored.set_index("transaction_id")
    faults = []
    for expected in (_customers(events), _terminals(events)):
        found = stored.loc[expected.index, expected.columns]
        for name in expected.columns:
            wrong = ((found[name] - expected[name]).abs() > 1e-9 * (1 + expected[name].abs())).sum()
            if wrong:
                faults.append(f"{name}: {wrong} of {len(expected)} rows differ")
    return faults


def _customers(events: pd.DataFrame) -> pd.DataFrame:
    sampled = sorted(events["CUSTOMER_ID"].unique())[:SAMPLED_CUSTOMERS]
    parts = []
    for _, history in events[events["CUSTOMER_ID"].isin(sampled)].groupby("CUSTOMER_ID"):
        ordered = history.sort_values(["TX_DATETIME", "TRANSACTION_ID"]).set_index("TX_DATETIME")
        features = {}
        for days in DAYS:
            window = ordered["TX_AMOUNT"].rolling(f"{days}D")
            features[f"customer_transaction_count_{days}d"] = window.count().to_numpy()
            features[f"customer_amount_mean_{days}d"] = window.mean().to_numpy()
        parts.append(pd.DataFrame(features, index=ordered["TRANSACTION_ID"]))
    return pd.concat(parts)


def _terminals(events: pd.DataFrame) -> pd.DataFrame:
    """As in the handbook: the window of days + delay less the window of the delay."""
    sampled = sorted(events["TERMINAL_ID"].unique())[:SAMPLED_TERMINALS]
    parts = []
    for _, history in events[events["TERMINAL_ID"].isin(sampled)].groupby("TERMINAL_ID"):
        ordered = history.sort_values(["TX_DATETIME", "TRANSACTION_ID"]).set_index("TX_DATETIME")
        fraud = ordered["TX_FRAUD"].astype(float)
        delay_count = fraud.rolling(f"{DELAY_DAYS}D").count()
        delay_fraud = fraud.rolling(f"{DELAY_DAYS}D").sum()
        features = {}
        for days in DAYS:
            count = fraud.rolling(f"{DELAY_DAYS + days}D").count() - delay_count
            frauds = fraud.rolling(f"{DELAY_DAYS + days}D").sum() - delay_fraud
            rate = (frauds / count).where(count > 0, 0.0)
            names = (
                f"terminal_transaction_count_{days}d_delay_7d",
                f"terminal_fraud_rate_{days}d_delay_7d",
            )
            features[names[0]], features[names[1]] = count.to_numpy(), rate.to_numpy()
        parts.append(pd.DataFrame(features, index=ordered["TRANSACTION_ID"]))
    return pd.concat(parts)
