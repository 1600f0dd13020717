"""Scoring transactions in batch, from the feature tables into the warehouse.

Belongs here: scores of many transactions. Does not belong here: answering for one as it comes.
"""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa

from fraud_model.examples import Floats, Inputs, load_history
from fraud_model.model_log import write
from fraud_model.registry import Version
from fraud_model.warehouse import Warehouse
from fraud_model.words import in_words, reasons

_AT_ONCE = 200_000
_LATENCY_ROWS = 200


@dataclass(frozen=True)
class Scored:
    """What was done.

    Attributes:
        transactions: how many were scored.
        alerts: how many are at or above the version's threshold.
        seconds: taken by scoring alone, without reading and writing.
    """

    transactions: int
    alerts: int
    seconds: float


def score_days(warehouse: Warehouse, version: Version, start: date, end: date) -> Scored:
    """Scores every transaction of a stretch of days and writes scores and reasons down.

    Args:
        warehouse: where features are read and scores written.
        version: the model.
        start: first day.
        end: first day after the last.
    """
    rows = load_history(warehouse, version.plan.features, start, end).transactions
    began = time.perf_counter()
    scores = score(version, rows.inputs)
    seconds = time.perf_counter() - began
    alerted = np.flatnonzero(scores >= version.threshold)
    told = np.full(len(rows), None, dtype=object)
    for position, of_row in zip(
        alerted, reasons(version.model.learnt, version.plan.features, rows.inputs[alerted]),
        strict=True,
    ):  # fmt: skip
        told[position] = in_words(of_row)
    now = datetime.now(UTC).replace(tzinfo=None)
    if len(rows):
        write(warehouse, "scores", pa.table({
            "transaction_id": rows.transaction_ids,
            "model_version": pa.array([version.number] * len(rows)),
            "reasons": pa.array(told, type=pa.string()),
            "fraud_probability": scores,
            "scored_at": pa.array([now] * len(rows), type=pa.timestamp("us")),
        }))  # fmt: skip
    return Scored(len(rows), len(alerted), seconds)


def score(version: Version, inputs: Inputs) -> Floats:
    """Probabilities, in chunks that keep memory bounded."""
    parts = [
        version.model.scores(inputs[start : start + _AT_ONCE])
        for start in range(0, len(inputs), _AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def latency_ms(version: Version) -> float:
    """The 99th percentile of scoring one transaction by itself, after a few to warm up."""
    taken = []
    for number in range(_LATENCY_ROWS):
        row = version.reference[number % len(version.reference)][None, :]
        began = time.perf_counter()
        version.model.scores(row)
        taken.append(1000 * (time.perf_counter() - began))
    return float(np.percentile(taken[_LATENCY_ROWS // 10 :], 99))
