"""Judging a model as it would have been used: week after week, each time by a model of that time.

Belongs here: folds, scorers and their figures. Does not belong here: how a figure is computed, and
where it is kept.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from fraud_model.calibration import Lesson, learn_calibrated
from fraud_model.candidates import Candidate, Parameters
from fraud_model.ceiling import oracle_scores
from fraud_model.examples import Booleans, Examples, Floats, History, Integers
from fraud_model.feature_sets import FeatureSet
from fraud_model.leak_checks import (
    PlausibleLimits,
    check_history,
    check_inputs,
    check_plausible,
    check_training_set,
)
from fraud_model.metrics import performance, performance_by_type, summary
from fraud_model.periods import Fold

ALL_TYPES = "all"
MODEL, RULES, BOTH, CEILING = "model", "rules", "rules_and_model", "ceiling"
SCORERS = {
    MODEL: "The model",
    RULES: "The rules alone",
    BOTH: "The rules and the model",
    CEILING: "An oracle under label delay",
}
"""What gives scores, and what it is called where people read it."""

OnFold = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """What is evaluated.

    Attributes:
        candidate: kind of model.
        features: what it is shown.
        parameters: what its library is told.
        training_days: days that each of its models learns from.
        equalised: attribute of customers by whose groups alerts begin at thresholds of their own;
            None: everybody's alerts begin at the same one.
    """

    candidate: Candidate
    features: FeatureSet
    parameters: Parameters
    training_days: int
    equalised: str | None = None

    @property
    def title(self) -> str:
        """As people read it."""
        by_group = f", thresholds by {self.equalised}" if self.equalised else ""
        return (
            f"{self.candidate.title}, feature version {self.features.version}, "
            f"{self.training_days} training days{by_group}"
        )


@dataclass(frozen=True)
class Unseen:
    """Training rows with scores of models that had not seen them: what thresholds are set by."""

    scores: Floats
    is_fraud: Booleans
    customers: Integers


@dataclass(frozen=True)
class FoldScores:
    """One fold's test set, the scores of each scorer, and what the model had learnt from."""

    fold: Fold
    test: Examples
    scores: dict[str, Floats]
    data_hash: str
    unseen: Unseen


@dataclass(frozen=True)
class Figure:
    """One metric of one scorer on one fold, for all frauds or for one kind of them."""

    scorer: str
    fraud_type: str
    test_date: date
    metric: str
    value: float


@dataclass(frozen=True)
class Evaluation:
    """All figures of a plan."""

    plan: Plan
    figures: tuple[Figure, ...]
    folds: tuple[FoldScores, ...]
    evaluated_at: datetime

    @property
    def evaluation_id(self) -> str:
        """The same for the same plan on the same data."""
        plan = self.plan
        text = json.dumps(
            [plan.candidate.name, plan.features.version, plan.features.fingerprint,
             dict(plan.parameters), plan.training_days, *(each.data_hash for each in self.folds),
             *([plan.equalised] if plan.equalised else [])],
            sort_keys=True,
        )  # fmt: skip
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def data_hash(self) -> str:
        """Names the training sets of all folds."""
        text = "".join(each.data_hash for each in self.folds)
        return hashlib.sha256(text.encode()).hexdigest()

    def values(self, metric: str, scorer: str = MODEL, fraud_type: str = ALL_TYPES) -> list[float]:
        """A metric's value of each fold, newest first; empty if the scorer has none."""
        return [
            each.value
            for each in self.figures
            if (each.metric, each.scorer, each.fraud_type) == (metric, scorer, fraud_type)
        ]

    def mean(self, metric: str, scorer: str = MODEL, fraud_type: str = ALL_TYPES) -> float:
        """Mean over folds; NaN if the scorer has none."""
        values = self.values(metric, scorer, fraud_type)
        return summary(values)[0] if values else float("nan")

    def fraud_types(self) -> list[str]:
        """Kinds of fraud that were reported in any fold."""
        found = {each.fraud_type for each in self.figures}
        return sorted(found - {ALL_TYPES})


def evaluate(
    history: History,
    plan: Plan,
    folds: tuple[Fold, ...],
    limits: PlausibleLimits | None = None,
    on_fold: OnFold | None = None,
) -> Evaluation:
    """Trains and judges the plan on each fold, beside rules and oracle.

    Args:
        history: days that all folds lie in, of the plan's feature set.
        plan: what is evaluated.
        folds: evaluation folds; their training periods are set to the plan's length.
        limits: what no honest model exceeds on this data, where that is known.
        on_fold: told after each fold.

    Raises:
        LeakError: when a feature or label knows more than it could, or the figures say so.
        PeriodError: when a fold has nothing to learn from or to judge.
    """
    check_history(history)
    scored = []
    for number, fold in enumerate(folds, 1):
        scored.append(_score_fold(history, plan, fold.learning_from(plan.training_days)))
        if on_fold:
            on_fold(number, len(folds))
    figures = tuple(figure for each in scored for figure in _figures(each))
    evaluation = Evaluation(plan, figures, tuple(scored), datetime.now(UTC).replace(tzinfo=None))
    check_plausible(evaluation.mean("auc_roc"), evaluation.mean("card_precision_at_100"), limits)
    return evaluation


def checked_training_set(history: History, fold: Fold) -> Examples:
    """A fold's training set, looked through for leaks.

    Raises:
        LeakError: when something is found.
        PeriodError: when there is nothing to learn from.
    """
    training = history.training_set(fold)
    check_training_set(training, fold, history.reports, history.transactions.transaction_ids)
    check_inputs(training, history.features.names)
    return training


def _score_fold(history: History, plan: Plan, fold: Fold) -> FoldScores:
    training = checked_training_set(history, fold)
    test = history.test_set(fold)
    lesson = learn_calibrated(plan.candidate, training, plan.parameters)
    raw = lesson.model.learnt.raw_scores(test.inputs)
    scores = {
        MODEL: lesson.model.calibration.probabilities(raw),
        RULES: test.rule_scores,
        BOTH: _with_rules(lesson, training, raw, test),
        CEILING: oracle_scores(history, test),
    }
    unseen = Unseen(
        lesson.model.calibration.probabilities(lesson.unseen_raw_scores), training.is_fraud,
        training.customers,
    )  # fmt: skip
    return FoldScores(fold, test, scores, training.content_hash(history.features), unseen)


def _with_rules(lesson: Lesson, training: Examples, raw: Floats, test: Examples) -> Floats:
    """Model and rules weighed by a logistic regression on the training period.

    The model's scores of that period are those of models that had not seen the rows: otherwise the
    rules would seem to add nothing.
    """
    from sklearn.linear_model import LogisticRegression

    weigher = LogisticRegression(C=1.0, max_iter=1000)
    weigher.fit(_beside(lesson.unseen_raw_scores, training.rule_scores), training.is_fraud)
    return np.asarray(weigher.predict_proba(_beside(raw, test.rule_scores))[:, 1])


def _beside(raw_scores: Floats, rule_scores: Floats) -> Floats:
    return np.column_stack([raw_scores, rule_scores / 100.0])


def _figures(scored: FoldScores) -> Iterator[Figure]:
    day = scored.fold.test_start
    for scorer, scores in scored.scores.items():
        for metric, value in performance(scored.test, scores).items():
            if scorer == CEILING and metric in ("brier_score", "calibration_error"):
                continue
            yield Figure(scorer, ALL_TYPES, day, metric, value)
        for kind, metrics in performance_by_type(scored.test, scores).items():
            for metric, value in metrics.items():
                yield Figure(scorer, kind, day, metric, value)
