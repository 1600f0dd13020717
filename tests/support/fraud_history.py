"""A small history of payments with frauds that can be learnt, without a warehouse.

Belongs here: making it. Does not belong here: assertions. The two features that the leak checks
count again are counted by plain loops; the others are noise, or tell of the frauds planted here.
"""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from fraud_model.examples import (
    MICROSECONDS_PER_DAY,
    Examples,
    FraudReports,
    History,
    microseconds,
)
from fraud_model.feature_sets import feature_set

START, DAYS = date(2024, 1, 1), 63
END = START + timedelta(days=DAYS)
FEATURES = feature_set("published")
COUNT, RATE = "customer_transaction_count_1d", "terminal_fraud_rate_7d_delay_7d"
_FOREVER = int(np.iinfo(np.int64).max)
_DAY, _WEEK = MICROSECONDS_PER_DAY, 7 * MICROSECONDS_PER_DAY


def fraud_history(seed: int = 1, transactions: int = 12_000) -> History:
    """Payments of 63 days: large amounts are fraud, and so is what a few bad terminals take."""
    random = np.random.default_rng(seed)
    customers = random.integers(0, 300, transactions)
    terminals = random.integers(0, 60, transactions)
    times = microseconds(START) + np.sort(random.integers(0, DAYS * _DAY, transactions))
    amounts = np.round(random.gamma(2.0, 25.0, transactions), 2)
    is_large = random.random(transactions) < 0.01
    amounts[is_large] += 220
    is_fraud = is_large | ((terminals < 2) & (random.random(transactions) < 0.5))
    frauds = np.flatnonzero(is_fraud)
    reports = FraudReports(
        frauds, times[frauds] + _WEEK, np.full(len(frauds), _FOREVER),
        np.where(is_large[frauds], "large_amount", "bad_terminal").astype(object),
    )  # fmt: skip
    inputs = random.random((transactions, len(FEATURES.inputs))).astype(np.float32)
    inputs[:, FEATURES.names.index("reporting_amount")] = amounts
    inputs[:, FEATURES.names.index(COUNT)] = _counts(customers, times)
    inputs[:, FEATURES.names.index(RATE)] = _rates(terminals, times, is_fraud)
    rows = Examples(
        pa.array([f"t{number:05d}" for number in range(transactions)]), customers, terminals, times,
        inputs, amounts, np.where(amounts > 220, 60.0, 0.0), np.zeros(transactions, dtype=np.bool_),
        np.full(transactions, "", dtype=object),
    )  # fmt: skip
    ids = pa.array([f"c{number}" for number in range(300)])
    return History(FEATURES, rows, reports, ids)


def _counts(customers: np.ndarray, times: np.ndarray) -> list[int]:
    return [
        int(
            (
                (customers[: row + 1] == customers[row]) & (times[: row + 1] > times[row] - _DAY)
            ).sum()
        )
        for row in range(len(times))
    ]


def _rates(terminals: np.ndarray, times: np.ndarray, is_fraud: np.ndarray) -> list[float]:
    """Every report takes a week, so what lies in the window is what is known of it."""
    found = []
    for row, time in enumerate(times):
        inside = (
            (terminals == terminals[row]) & (times > time - 2 * _WEEK) & (times <= time - _WEEK)
        )
        found.append(float(is_fraud[inside].mean()) if inside.any() else 0.0)
    return found
