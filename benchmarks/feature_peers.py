"""Version 1 of the features by Sentinel and by its peers, each in a process of its own.

Belongs here: the same 14 features, written as a good engineer would in each tool. Does not belong
here: comparing them; see `features`.

    python -m benchmarks.feature_peers sentinel|polars|numpy|pandas EVENTS.parquet [SQL]
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

DAYS = (1, 7, 30)
DELAY_DAYS = 7
DAY_SECONDS = 86_400

Checksums = dict[str, float]
"""Sum of each feature over all rows: equal sums mean equal features, up to rounding."""


def numpy_features(events: Path) -> tuple[float, Checksums]:
    """Sorted composite keys and binary search: the hand-written floor."""
    import polars as pl

    frame = pl.read_parquet(events)
    started = time.perf_counter()
    seconds = frame["transaction_at"].dt.timestamp("us").to_numpy() // 1_000_000
    amount = np.round(frame["amount"].to_numpy() * 100).astype(np.int64)
    fraud = frame["is_fraud"].to_numpy().astype(np.int64)
    sums: Checksums = {}
    order, keys = _ordered(frame["customer_id"], seconds)
    running = np.concatenate([[0], np.cumsum(amount[order])])
    position = np.arange(1, len(keys) + 1)
    for days in DAYS:
        low = np.searchsorted(keys, keys - days * DAY_SECONDS, side="right")
        count = position - low
        mean = (running[position] - running[low]) / 100 / count
        sums[f"customer_transaction_count_{days}d"] = float(count.sum())
        sums[f"customer_amount_mean_{days}d"] = float(mean.sum())
    order, keys = _ordered(frame["terminal_id"], seconds)
    running = np.concatenate([[0], np.cumsum(fraud[order])])
    high = np.searchsorted(keys, keys - DELAY_DAYS * DAY_SECONDS, side="right")
    for days in DAYS:
        low = np.searchsorted(keys, keys - (DELAY_DAYS + days) * DAY_SECONDS, side="right")
        count = high - low
        rate = np.divide(
            running[high] - running[low], count, out=np.zeros(len(count)), where=count > 0
        )
        sums[f"terminal_transaction_count_{days}d_delay_7d"] = float(count.sum())
        sums[f"terminal_fraud_rate_{days}d_delay_7d"] = float(rate.sum())
    hour = (seconds // 3600) % 24
    sums["is_night"] = float((hour <= 6).sum())
    sums["is_weekend"] = float(((seconds // DAY_SECONDS + 4) % 7 % 6 == 0).sum())
    return time.perf_counter() - started, sums


def _ordered(entity: "object", seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row order by entity and time, and the composite key that binary search runs on."""
    import polars as pl

    assert isinstance(entity, pl.Series)
    codes = entity.cast(pl.Categorical).to_physical().to_numpy().astype(np.int64)
    # Wider than the data and the longest window together, so entities never meet.
    keys = codes * (1 << 32) + (seconds - seconds.min()) + (1 << 24)
    order = np.argsort(keys, kind="stable")
    return order, keys[order]


def polars_features(events: Path) -> tuple[float, Checksums]:
    """Polars' own rolling windows, closed on the right, per group."""
    import polars as pl

    frame = pl.read_parquet(events)
    started = time.perf_counter()
    customers = frame.sort("customer_id", "transaction_at", "transaction_id").with_columns(
        one=pl.lit(1, pl.Int64)
    )
    features = []
    for days in DAYS:
        window = {"by": "transaction_at", "window_size": f"{days}d", "closed": "right"}
        count = pl.col("one").rolling_sum_by(**window).over("customer_id")
        total = pl.col("amount").rolling_sum_by(**window).over("customer_id")
        features.append(count.alias(f"customer_transaction_count_{days}d"))
        features.append((total / count).alias(f"customer_amount_mean_{days}d"))
    customers = customers.with_columns(features)
    terminals = frame.sort("terminal_id", "transaction_at", "transaction_id").with_columns(
        one=pl.lit(1, pl.Int64), fraud=pl.col("is_fraud").cast(pl.Int64)
    )
    spans = [DELAY_DAYS, *(DELAY_DAYS + days for days in DAYS)]
    terminals = terminals.with_columns(
        pl.col(column)
        .rolling_sum_by("transaction_at", window_size=f"{span}d", closed="right")
        .over("terminal_id")
        .alias(f"{column}_{span}")
        for span in spans
        for column in ("one", "fraud")
    )
    features = []
    for days in DAYS:
        count = pl.col(f"one_{DELAY_DAYS + days}") - pl.col(f"one_{DELAY_DAYS}")
        frauds = pl.col(f"fraud_{DELAY_DAYS + days}") - pl.col(f"fraud_{DELAY_DAYS}")
        rate = pl.when(count > 0).then(frauds / count).otherwise(0.0)
        features.append(count.alias(f"terminal_transaction_count_{days}d_delay_7d"))
        features.append(rate.alias(f"terminal_fraud_rate_{days}d_delay_7d"))
    terminals = terminals.with_columns(features)
    flags = frame.select(
        is_weekend=pl.col("transaction_at").dt.weekday() >= 6,
        is_night=pl.col("transaction_at").dt.hour() <= 6,
    )
    elapsed = time.perf_counter() - started
    sums: Checksums = {}
    for table in (customers, terminals, flags):
        for name in table.columns:
            if (
                name.startswith(("is_weekend", "is_night"))
                or "_count_" in name
                or "_mean_" in name
                or "_rate_" in name
            ):
                sums[name] = float(table[name].sum())
    return elapsed, sums


def pandas_by_group_features(events: Path) -> tuple[float, Checksums]:
    """pandas' `rolling` in a function applied to each customer's and each terminal's rows.

    The form in which the features were published (Le Borgne et al., chapter 3).
    """
    import pandas as pd

    frame = pd.read_parquet(events)
    started = time.perf_counter()
    frame = frame.sort_values(["transaction_at", "transaction_id"])
    frame["fraud"] = frame["is_fraud"].astype(float)

    def of_customer(rows: pd.DataFrame) -> pd.DataFrame:
        amounts = rows.set_index("transaction_at")["amount"]
        found = {}
        for days in DAYS:
            window = amounts.rolling(f"{days}D")
            count = window.count()
            found[f"customer_transaction_count_{days}d"] = count
            found[f"customer_amount_mean_{days}d"] = window.sum() / count
        return pd.DataFrame(found)

    def of_terminal(rows: pd.DataFrame) -> pd.DataFrame:
        frauds = rows.set_index("transaction_at")["fraud"]
        delayed = frauds.rolling(f"{DELAY_DAYS}D")
        delay_count, delay_fraud = delayed.count(), delayed.sum()
        found = {}
        for days in DAYS:
            window = frauds.rolling(f"{DELAY_DAYS + days}D")
            count = window.count() - delay_count
            rate = (window.sum() - delay_fraud) / count
            found[f"terminal_transaction_count_{days}d_delay_7d"] = count
            found[f"terminal_fraud_rate_{days}d_delay_7d"] = rate.where(count > 0, 0.0)
        return pd.DataFrame(found)

    customers = frame.groupby("customer_id")[["transaction_at", "amount"]].apply(of_customer)
    terminals = frame.groupby("terminal_id")[["transaction_at", "fraud"]].apply(of_terminal)
    sums: Checksums = {
        name: float(table[name].sum()) for table in (customers, terminals) for name in table
    }
    at = frame["transaction_at"].dt
    sums["is_weekend"] = float((at.weekday >= 5).sum())
    sums["is_night"] = float((at.hour <= 6).sum())
    return time.perf_counter() - started, sums


def pandas_features(events: Path) -> tuple[float, Checksums]:
    """pandas' `rolling` over time on the grouped frame: its loop over groups is compiled."""
    import pandas as pd

    frame = pd.read_parquet(events)
    started = time.perf_counter()
    sums: Checksums = {}
    customers = frame.sort_values(["transaction_at", "transaction_id"]).set_index("transaction_at")
    for days in DAYS:
        window = customers.groupby("customer_id")["amount"].rolling(f"{days}D")
        sums[f"customer_transaction_count_{days}d"] = float(window.count().sum())
        sums[f"customer_amount_mean_{days}d"] = float(window.mean().sum())
    customers["fraud"] = customers["is_fraud"].astype(float)
    grouped = customers.groupby("terminal_id")["fraud"]
    delay_count = grouped.rolling(f"{DELAY_DAYS}D").count()
    delay_fraud = grouped.rolling(f"{DELAY_DAYS}D").sum()
    for days in DAYS:
        window = grouped.rolling(f"{DELAY_DAYS + days}D")
        count = window.count() - delay_count
        rate = ((window.sum() - delay_fraud) / count).where(count > 0, 0.0)
        sums[f"terminal_transaction_count_{days}d_delay_7d"] = float(count.sum())
        sums[f"terminal_fraud_rate_{days}d_delay_7d"] = float(rate.sum())
    at = customers.index
    sums["is_weekend"] = float((at.weekday >= 5).sum())
    sums["is_night"] = float((at.hour <= 6).sum())
    return time.perf_counter() - started, sums


def sentinel_features(warehouse: Path, compiled_sql: Path) -> tuple[float, Checksums]:
    """The project's own compiled model, run where dbt would run it."""
    import duckdb

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set threads = 2")
        connection.execute("set preserve_insertion_order = false")
        started = time.perf_counter()
        connection.execute(f"create temp table features as {compiled_sql.read_text()}")
        elapsed = time.perf_counter() - started
        names = [row[0] for row in connection.execute("describe features").fetchall()]
        kept = [
            n
            for n in names
            if n.startswith("is_") or "_count_" in n or "_mean_" in n or "_rate_" in n
        ]
        sums = ", ".join(f"sum({name}::double)" for name in kept)
        row = connection.execute(f"select {sums} from features").fetchone() or ()
    return elapsed, dict(zip(kept, map(float, row), strict=True))


PEERS: dict[str, Callable[..., tuple[float, Checksums]]] = {
    "sentinel": sentinel_features,
    "polars": polars_features,
    "numpy": numpy_features,
    "pandas": pandas_features,
    "pandas_by_group": pandas_by_group_features,
}

if __name__ == "__main__":
    elapsed, checksums = PEERS[sys.argv[1]](*map(Path, sys.argv[2:]))
    print(json.dumps({"seconds": elapsed, "checksums": checksums}))
