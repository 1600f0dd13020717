"""How well scores order transactions, as an investigator lives it.

Belongs here: figures of one set of scores. Does not belong here: folds, models and where figures
are kept. Every function takes arrays of one length, a row for each transaction; a higher score is
more suspicious.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fraud_model.examples import Booleans, Examples, Floats

ALERT_CAPACITY = 100
"""Cards that analysts can look at in a day: `alert_daily_capacity` of dbt_project.yml."""
FALSE_POSITIVE_RATE = 0.01
_CALIBRATION_BINS = 10

METRICS = {
    "auc_roc": "AUC ROC",
    "average_precision": "Average precision",
    "card_precision_at_100": "Card precision@100",
    "recall_at_false_positive_rate_1_percent": "Recall at 1 % false positives",
    "caught_amount_share": "Money caught at capacity",
    "lost_amount": "Money lost at capacity",
    "caught_amount": "Money caught",
    "brier_score": "Brier score",
    "calibration_error": "Calibration error",
}
"""Name of each metric, and what it is called where people read it."""


@dataclass(frozen=True)
class CardAlerts:
    """What analysts find who look at the most suspicious cards of each day.

    Attributes:
        precision: mean over days of the share of the cards looked at that were defrauded that day.
        caught_amount: money of frauds on cards found, from that day on.
        lost_amount: money of the other frauds.
    """

    precision: float
    caught_amount: float
    lost_amount: float

    @property
    def caught_share(self) -> float:
        """Share of the money that is caught; NaN without any fraud."""
        total = self.caught_amount + self.lost_amount
        return self.caught_amount / total if total else float("nan")


def performance(examples: Examples, scores: Floats) -> dict[str, float]:
    """Every metric of one set of scores.

    Calibration is only given for scores that are probabilities, between 0 and 1.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    alerts = card_alerts(examples, scores)
    found = {
        "auc_roc": float(roc_auc_score(examples.is_fraud, scores)),
        "average_precision": float(average_precision_score(examples.is_fraud, scores)),
        "card_precision_at_100": alerts.precision,
        "recall_at_false_positive_rate_1_percent": recall_at(
            examples.is_fraud, scores, FALSE_POSITIVE_RATE
        ),
        "caught_amount_share": alerts.caught_share,
        "caught_amount": alerts.caught_amount,
        "lost_amount": alerts.lost_amount,
    }
    if scores.min() >= 0 and scores.max() <= 1:
        found["brier_score"] = float(np.mean((scores - examples.is_fraud) ** 2))
        found["calibration_error"] = calibration_error(examples.is_fraud, scores)
    return found


def performance_by_type(examples: Examples, scores: Floats) -> dict[str, dict[str, float]]:
    """For each kind of fraud: how it is told from genuine transactions, and how much is found.

    A fraud of another kind is neither a hit nor a false alarm there: it is left out.
    """
    found = {}
    for kind in sorted({each for each in examples.fraud_types if each}):
        chosen = ~examples.is_fraud | (examples.fraud_types == kind)
        some = performance(examples.take(chosen), scores[chosen])
        found[kind] = {
            name: some[name]
            for name in ("auc_roc", "average_precision", "recall_at_false_positive_rate_1_percent")
        }
    return found


def card_alerts(examples: Examples, scores: Floats, capacity: int = ALERT_CAPACITY) -> CardAlerts:
    """Looks at the most suspicious cards of each day, and at none that was found before.

    Le Borgne et al., *Reproducible Machine Learning for Credit Card Fraud Detection*, chapter 4: a
    card's score is its highest of the day, a customer is a card. Cards with the same score are
    taken as they are numbered.
    """
    found: set[int] = set()
    precisions = []
    is_caught = np.zeros(len(examples), dtype=np.bool_)
    for day in np.unique(examples.days):
        rows = np.flatnonzero(examples.days == day)
        rows = rows[~np.isin(examples.customers[rows], list(found))]
        cards, card_of_row = np.unique(examples.customers[rows], return_inverse=True)
        highest = np.full(len(cards), -np.inf)
        np.maximum.at(highest, card_of_row, scores[rows])
        is_defrauded = np.zeros(len(cards), dtype=np.bool_)
        np.logical_or.at(is_defrauded, card_of_row, examples.is_fraud[rows])
        alerted = np.argsort(-highest, kind="stable")[:capacity]
        detected = cards[alerted[is_defrauded[alerted]]]
        precisions.append(len(detected) / capacity)
        found.update(int(card) for card in detected)
        is_caught |= (examples.days >= day) & np.isin(examples.customers, detected)
    frauds = examples.amounts * examples.is_fraud
    return CardAlerts(
        float(np.mean(precisions)), float(frauds[is_caught].sum()), float(frauds[~is_caught].sum())
    )


def recall_at(is_fraud: Booleans, scores: Floats, false_positive_rate: float) -> float:
    """Share of frauds above the lowest threshold that so few genuine transactions exceed."""
    from sklearn.metrics import roc_curve

    false_rates, true_rates, _ = roc_curve(is_fraud, scores, drop_intermediate=False)
    return float(true_rates[false_rates <= false_positive_rate].max())


def calibration_error(is_fraud: Booleans, probabilities: Floats) -> float:
    """Mean distance of stated from found fraud rate, over tenths of the transactions by score.

    Naeini, Cooper, Hauskrecht, *Obtaining Well Calibrated Probabilities Using Bayesian Binning*
    (2015), with bins of equal size: frauds are so few that bins of equal width would be empty.
    """
    order = np.argsort(probabilities, kind="stable")
    bins = np.array_split(order, _CALIBRATION_BINS)
    gaps = [
        abs(probabilities[rows].mean() - is_fraud[rows].mean()) * len(rows)
        for rows in bins
        if len(rows)
    ]
    return float(np.sum(gaps) / len(probabilities))


def summary(values: npt.ArrayLike) -> tuple[float, float]:
    """Mean and sample standard deviation over folds; a deviation of 0 for one fold."""
    found = np.asarray(values, dtype=np.float64)
    return float(found.mean()), float(found.std(ddof=1)) if len(found) > 1 else 0.0
