"""Weights and thresholds that rules could have, by what decisions and reports say of their hits.

Belongs here: proposals, and how they would have done on weeks that they were not learnt from. Does
not belong here: applying them. The seed `fraud_rules` is changed by people, and its history is
git's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from fraud_model.examples import Booleans, Floats, Integers, extent, in_days
from fraud_model.feature_sets import LABEL_DELAY_DAYS
from fraud_model.model_log import write
from fraud_model.periods import PeriodError, scorable_end
from fraud_model.scoring import RULE_ALERT_SCORE
from fraud_model.warehouse import Warehouse
from sentinel.errors import SettingsError

ALL_RULES = "all_rules"
FALSE_ALERTS_PER_FRAUD = 10.0
_JUDGED_SHARE = 1 / 3
_CANDIDATES = 40
_GREATEST_WEIGHT = 100
LEAST_FRAUDS = 20
"""In the days that are learnt from: of fewer nothing is proposed."""


@dataclass(frozen=True)
class Rules:
    """Rules in one setting, in the order of their identifiers.

    Attributes:
        rule_ids: identifiers.
        thresholds: values that an observation must exceed to hit.
        weights: points of a hit; payments from 50 points on are alerts.
    """

    rule_ids: tuple[str, ...]
    thresholds: Floats
    weights: Integers

    def hits(self, observed: Floats) -> Booleans:
        """Which rules each payment hits; what a rule does not apply to (NaN) it does not hit."""
        return np.asarray(observed > self.thresholds)

    def alerts(self, observed: Floats) -> Booleans:
        """Which payments are alerts."""
        return np.asarray(self.hits(observed) @ self.weights >= RULE_ALERT_SCORE)


@dataclass(frozen=True)
class Observed:
    """Payments in the order of time, with what rules see of them and what is known of them now.

    Attributes:
        values: payments by rules; NaN where a rule does not apply.
        is_fraud: labels as known now.
        days: days from 1970.
    """

    values: Floats
    is_fraud: Booleans
    days: Integers

    def within(self, start: int, end: int) -> "Observed":
        """Those of a stretch of days."""
        chosen = (self.days >= start) & (self.days < end)
        return Observed(self.values[chosen], self.is_fraud[chosen], self.days[chosen])


@dataclass(frozen=True)
class Outcome:
    """Hits of a rule, or alerts of all rules, and the frauds among them."""

    hits: int
    frauds: int


@dataclass(frozen=True)
class Proposal:
    """What is proposed.

    Attributes:
        present: the rules as they are.
        proposed: the rules as they could be.
        present_outcomes: of each rule and then of all, on the days that judge.
        proposed_outcomes: likewise.
        learnt_from: first day that was learnt from.
        judged_from: first day that judges.
        judged_until: last day that does.
    """

    present: Rules
    proposed: Rules
    present_outcomes: tuple[Outcome, ...]
    proposed_outcomes: tuple[Outcome, ...]
    learnt_from: date
    judged_from: date
    judged_until: date


def propose_rules(
    warehouse: Warehouse, days: int, false_alerts_per_fraud: float = FALSE_ALERTS_PER_FRAUD
) -> Proposal:
    """Proposes thresholds and weights, and writes them down; nothing is applied.

    Args:
        warehouse: where observations, labels and rules are.
        days: newest days, of those whose labels are in, that are looked at.
        false_alerts_per_fraud: how many false alerts one fraud found is worth.

    Raises:
        PeriodError: when the days hold too few frauds.
        SettingsError: when a fraud is worth nothing.
    """
    if not false_alerts_per_fraud > 0:
        raise SettingsError("A fraud must be worth more than no false alert.")
    known = extent(warehouse)
    end = scorable_end(known.last_transaction, known.last_report, LABEL_DELAY_DAYS)
    start = max(end - timedelta(days=days), known.first_transaction)
    present = _present(warehouse)
    observed = _observed(warehouse, present.rule_ids, start, end)
    judged_from = end - timedelta(days=max(round((end - start).days * _JUDGED_SHARE), 1))
    found = propose(present, observed, start, judged_from, end, false_alerts_per_fraud)
    _write(warehouse, found)
    return found


def propose(
    present: Rules, observed: Observed, start: date, judged_from: date, end: date,
    false_alerts_per_fraud: float,
) -> Proposal:  # fmt: skip
    """Learns from the days before `judged_from`, and counts on those from it on.

    A threshold is the one whose hits are worth most: a fraud counts as so many false alerts.
    Weights are the coefficients of a logistic regression on the hits, never below 0, in points:
    those of the most suspicious payments, as many as there are alerts now, add up to 50.

    Raises:
        PeriodError: when there are too few frauds to learn from.
    """
    learnt = observed.within(_number(start), _number(judged_from))
    judging = observed.within(_number(judged_from), _number(end))
    if learnt.is_fraud.sum() < LEAST_FRAUDS or not judging.is_fraud.any():
        raise PeriodError(
            f"From {start} until before {judged_from} there are {int(learnt.is_fraud.sum())} known "
            f"frauds, and {int(judging.is_fraud.sum())} from then until before {end}: rules are "
            f"proposed from {LEAST_FRAUDS} on."
        )
    thresholds = np.array([
        best_threshold(
            learnt.values[:, number], learnt.is_fraud, threshold, false_alerts_per_fraud
        )
        for number, threshold in enumerate(present.thresholds)
    ])  # fmt: skip
    moved = replace(present, thresholds=thresholds)
    alerts = int(present.alerts(learnt.values).sum())
    weights = points(moved.hits(learnt.values), learnt.is_fraud, alerts)
    proposed = replace(moved, weights=present.weights if weights is None else weights)
    return Proposal(
        present, proposed, _outcomes(present, judging), _outcomes(proposed, judging),
        start, judged_from, end - timedelta(days=1),
    )  # fmt: skip


def best_threshold(
    values: Floats, is_fraud: Booleans, present: float, false_alerts_per_fraud: float
) -> float:
    """The threshold whose hits are worth most; the present one unless another is worth more.

    Worth is frauds hit less false hits by their exchange rate: net benefit (Vickers and Elkin,
    *Decision Curve Analysis*, 2006).
    """
    applies = ~np.isnan(values)
    hit, fraud = values[applies], is_fraud[applies]
    if not fraud.any():
        return present
    quantiles = np.linspace(0, 1, _CANDIDATES)
    tried = np.unique(
        np.concatenate([np.quantile(hit[fraud], quantiles), np.quantile(hit, quantiles)])
    )

    def worth(threshold: float) -> float:
        is_hit = hit > threshold
        return float((is_hit & fraud).sum() - (is_hit & ~fraud).sum() / false_alerts_per_fraud)

    best = max(tried, key=worth)
    return float(best) if worth(best) > worth(present) else present


def points(hits: Booleans, is_fraud: Booleans, alerts: int) -> Integers | None:
    """Weights of rules by their coefficients; None where nothing can be said.

    Args:
        hits: payments by rules.
        is_fraud: labels.
        alerts: how many payments shall be alerts, about.
    """
    from sklearn.linear_model import LogisticRegression

    if not alerts or not hits.any():
        return None
    model = LogisticRegression(C=1.0, max_iter=1000)
    model.fit(hits.astype(np.float64), is_fraud)
    coefficients = np.maximum(model.coef_[0], 0.0)
    sums = hits @ coefficients
    suspicious = np.sort(sums[sums > 0])[::-1]
    if not len(suspicious):
        return None
    least = float(suspicious[min(alerts, len(suspicious)) - 1])
    # A hair more than exact, so that what shall be an alert is none the less for rounding down.
    weights = np.rint(coefficients * RULE_ALERT_SCORE / least * (1 + 1e-9))
    return np.minimum(weights, _GREATEST_WEIGHT).astype(np.int64)


def _outcomes(rules: Rules, judging: Observed) -> tuple[Outcome, ...]:
    columns = [*rules.hits(judging.values).T, rules.alerts(judging.values)]
    return tuple(
        Outcome(int(chosen.sum()), int((chosen & judging.is_fraud).sum())) for chosen in columns
    )


def _present(warehouse: Warehouse) -> Rules:
    rows = warehouse.read(
        "select rule_id, threshold, weight "
        f"from {warehouse.schema('reference')}.fraud_rules where is_active order by rule_id"
    ).to_pylist()
    return Rules(
        tuple(row["rule_id"] for row in rows),
        np.array([float(row["threshold"]) for row in rows]),
        np.array([int(row["weight"]) for row in rows], dtype=np.int64),
    )


def _observed(
    warehouse: Warehouse, rule_ids: Sequence[str], start: date, end: date
) -> Observed:  # fmt: skip
    columns = ", ".join(f"cast(observed.{name} as double precision) as {name}" for name in rule_ids)
    rows = warehouse.read(f"""
        select {columns}, transactions.is_fraud, transactions.transaction_date
        from {warehouse.schema("intermediate")}.int_transactions__rules_observed as observed
        inner join {warehouse.schema("marts")}.fct_transactions as transactions
            on observed.transaction_id = transactions.transaction_id
        where {in_days("observed.transaction_at", start, end)}
        order by observed.transaction_at, observed.transaction_id
    """)
    values = [
        np.asarray(rows[name].cast(pa.float64()).fill_null(float("nan"))) for name in rule_ids
    ]
    return Observed(
        np.column_stack(values), np.asarray(rows["is_fraud"]),
        np.asarray(rows["transaction_date"].cast(pa.int32()), dtype=np.int64),
    )  # fmt: skip


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _write(warehouse: Warehouse, found: Proposal) -> None:
    ids = [*found.present.rule_ids, ALL_RULES]
    now, count = datetime.now(UTC).replace(tzinfo=None), len(ids)

    def with_all(values: Floats | Integers, kind: pa.DataType) -> pa.Array:
        return pa.array([*values.tolist(), None], type=kind)

    write(warehouse, "rule_proposals", pa.table({
        "rule_id": ids,
        "present_threshold": with_all(found.present.thresholds, pa.float64()),
        "proposed_threshold": with_all(found.proposed.thresholds, pa.float64()),
        "present_weight": with_all(found.present.weights, pa.int64()),
        "proposed_weight": with_all(found.proposed.weights, pa.int64()),
        "present_hit_count": [each.hits for each in found.present_outcomes],
        "present_fraud_count": [each.frauds for each in found.present_outcomes],
        "proposed_hit_count": [each.hits for each in found.proposed_outcomes],
        "proposed_fraud_count": [each.frauds for each in found.proposed_outcomes],
        "learnt_from_date": [found.learnt_from] * count,
        "judged_from_date": [found.judged_from] * count,
        "judged_until_date": [found.judged_until] * count,
        "proposed_at": pa.array([now] * count, type=pa.timestamp("us")),
    }))  # fmt: skip
