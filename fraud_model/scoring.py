"""Scoring transactions in batch, from the feature tables into the warehouse.

Belongs here: scores of many transactions. Does not belong here: answering for one as it comes.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa

from fraud_model.examples import Booleans, Floats, History, Inputs, load_history
from fraud_model.mitigation import row_thresholds
from fraud_model.model_log import write
from fraud_model.registry import CHALLENGER, CHAMPION, Registry, Version
from fraud_model.trial import Trial
from fraud_model.warehouse import Warehouse
from fraud_model.words import REASONS, Reason, in_words, reasons
from sentinel.dbt_project import project_variable

RULE_ALERT_SCORE = int(project_variable("alert_score_threshold"))
"""Sum of rule weights that makes an alert."""
OTHER = "other"
_AT_ONCE = 200_000
_LATENCY_ROWS = 200


@dataclass(frozen=True)
class Scored:
    """What was done.

    Attributes:
        version: number of the version that scored.
        transactions: how many were scored.
        alerts: how many are at or above the version's threshold.
        seconds: taken by scoring alone, without reading and writing.
    """

    version: str
    transactions: int
    alerts: int
    seconds: float


def score_newest(
    warehouse: Warehouse, start: date, end: date, challenger_share: float = 0.0
) -> list[Scored]:
    """Scores a stretch of days by the champion, and by the challenger beside it if there is one.

    Args:
        warehouse: where features are read and scores written.
        start: first day.
        end: first day after the last.
        challenger_share: share of customers for whom the challenger's alerts count, 0 to 1; with 0
            it scores in the shadow, without effect.

    Returns:
        What the champion did, and then the challenger.
    """
    registry = Registry(warehouse.settings)
    champion, rival = registry.version(CHAMPION), registry.number(CHALLENGER)
    if rival is None:
        return [score_days(warehouse, champion, start, end)]
    trial = Trial(champion.number, registry.version(rival), challenger_share)
    now = _now()
    return [
        score_days(warehouse, each, start, end, trial, now) for each in (champion, trial.challenger)
    ]


def score_days(
    warehouse: Warehouse, version: Version, start: date, end: date,
    trial: Trial | None = None, now: datetime | None = None,
) -> Scored:  # fmt: skip
    """Scores every transaction of a stretch of days; writes scores, alerts and reasons down.

    What the rules alert about has reasons as well, so that analysts read both.

    Args:
        warehouse: where features are read and scores written.
        version: the model.
        start: first day.
        end: first day after the last.
        trial: the one that the version scores in.
        now: UTC time of scoring, the same for both sides of a trial.
    """
    history = load_history(warehouse, version.plan.features, start, end)
    rows = history.transactions
    began = time.perf_counter()
    scores = score(version, rows.inputs)
    seconds = time.perf_counter() - began
    thresholds = alert_thresholds(warehouse, version, history)
    is_alerted = scores >= thresholds
    is_told = is_alerted | (rows.rule_scores >= RULE_ALERT_SCORE)
    if len(rows):
        _write(warehouse, version, history, scores, thresholds, is_told, trial, now or _now())
    return Scored(version.number, len(rows), int(is_alerted.sum()), seconds)


def _write(
    warehouse: Warehouse, version: Version, history: History, scores: Floats,
    thresholds: Floats, is_told: Booleans, trial: Trial | None, now: datetime,
) -> None:  # fmt: skip
    rows = history.transactions
    positions = np.flatnonzero(is_told)
    told = reasons(version.model.learnt, version.plan.features, rows.inputs[positions])
    texts = np.full(len(rows), None, dtype=object)
    for position, of_row in zip(positions, told, strict=True):
        texts[position] = in_words(of_row)
    # The run last: whatever is interrupted before it has scored nothing that counts.
    write(warehouse, "scores", _with_run(version, now, {
        "transaction_id": rows.transaction_ids,
        "reasons": pa.array(texts, type=pa.string()),
        "fraud_probability": scores,
    }))  # fmt: skip
    alerted = np.flatnonzero(scores >= thresholds)
    if len(alerted):
        write(warehouse, "alerts", _with_run(version, now, {
            "transaction_id": rows.transaction_ids.take(pa.array(alerted)),
            "alert_threshold": thresholds[alerted],
        }))  # fmt: skip
    ids = rows.transaction_ids.take(pa.array(positions)).to_pylist()
    if any(told):
        write(warehouse, "alert_reasons", _with_run(version, now, _reasons(ids, told)))
    write(warehouse, "scorings", _with_run(version, now, {
        "model_role": [role(warehouse, version, trial)],
        "trial_salt": pa.array([trial.salt if trial else None], type=pa.string()),
        "share_bound": pa.array([trial.bound if trial else None], type=pa.string()),
        "challenger_share": pa.array([trial.share if trial else None], type=pa.float64()),
        "transaction_count": [len(rows)],
    }))  # fmt: skip


def alert_thresholds(warehouse: Warehouse, version: Version, history: History) -> Floats:
    """Probability from which each transaction is an alert, by its customer's group if need be."""
    attribute, rows = version.plan.equalised, history.transactions
    if attribute is None:
        return np.full(len(rows), version.threshold)
    groups = history.customer_values(warehouse, attribute)[rows.customers]
    return row_thresholds(version.threshold, version.by_group, groups)


def role(warehouse: Warehouse, version: Version, trial: Trial | None) -> str:
    """What a version scores as: champion, challenger in a trial, or for comparison only."""
    if trial and version.number == trial.challenger.number:
        return CHALLENGER
    registry = Registry(warehouse.settings)
    return CHAMPION if registry.number(CHAMPION) == version.number else OTHER


def _reasons(ids: list[str], told: list[list[Reason]]) -> dict[str, list[object]]:
    """The weightiest reasons for suspicion of each transaction, one a row."""
    found = [
        (transaction, rank, reason)
        for transaction, of_row in zip(ids, told, strict=True)
        for rank, reason in enumerate(of_row[:REASONS], 1)
        if reason.speaks_for_fraud
    ]
    return {
        "transaction_id": [transaction for transaction, _, _ in found],
        "input_name": [reason.name for _, _, reason in found],
        "reason": [reason.sentence for _, _, reason in found],
        "reason_rank": [rank for _, rank, _ in found],
        "contribution": [reason.contribution for _, _, reason in found],
    }


def _with_run(version: Version, now: datetime, columns: Mapping[str, object]) -> pa.Table:
    count = len(next(iter(columns.values())))  # type: ignore[arg-type]
    return pa.table({
        **columns,
        "model_version": pa.array([version.number] * count, type=pa.string()),
        "scored_at": pa.array([now] * count, type=pa.timestamp("us")),
    })  # fmt: skip


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


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
