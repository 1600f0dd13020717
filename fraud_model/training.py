"""From the warehouse to a registered version.

Belongs here: the order of the steps. Does not belong here: the steps, and what is shown of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from fraud_model.calibration import learn_calibrated
from fraud_model.candidates import PUBLISHED_PARAMETERS, SEED, candidate
from fraud_model.evaluation import (
    MODEL,
    Evaluation,
    FoldScores,
    OnFold,
    Plan,
    checked_training_set,
    evaluate,
)
from fraud_model.examples import (
    Booleans,
    Examples,
    Floats,
    History,
    Inputs,
    Texts,
    extent,
    load_history,
)
from fraud_model.fairness import Comparison, compare, threshold_for
from fraud_model.feature_sets import LABEL_DELAY_DAYS, feature_set
from fraud_model.leak_checks import HANDBOOK_LIMITS, PlausibleLimits
from fraud_model.metrics import FALSE_POSITIVE_RATE, performance
from fraud_model.mitigation import (
    BY_GROUP,
    COMMON,
    Policy,
    policy,
    row_thresholds,
    thresholds_by_group,
)
from fraud_model.model_log import log_evaluation, log_fairness, log_policies
from fraud_model.periods import Fold, Protocol, prequential_protocol, scorable_end
from fraud_model.registry import Registry
from fraud_model.tuning import BUDGET, Choice, OnTrial, choose_parameters
from fraud_model.warehouse import Warehouse
from sentinel.errors import SettingsError

ATTRIBUTES = ("segment", "home_country_code")
"""Columns of dim_customers by whose values customers are compared."""
_REFERENCE_ROWS = 20_000
_HANDBOOK_DAYS = (date(2018, 4, 1), date(2018, 9, 5))


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes:
        model: name of the kind of model.
        features: feature version.
        training_days: days each model learns from.
        trials: sets of parameters that are tried; 1: the defaults.
        handbook: whether the data is the handbook's: its dates, and its limits of what can be.
        equalise: attribute of customers by whose groups thresholds are set; None: one for all.
    """

    model: str = "xgboost"
    features: str = "2"
    training_days: int = 28
    trials: int = BUDGET
    handbook: bool = False
    equalise: str | None = None

    def __post_init__(self) -> None:
        if self.equalise not in (None, *ATTRIBUTES):
            raise SettingsError(
                f"Customers have no groups by {self.equalise!r}; they have by "
                f"{', '.join(ATTRIBUTES)}."
            )

    @property
    def limits(self) -> PlausibleLimits | None:
        """What no honest model exceeds on this data."""
        return HANDBOOK_LIMITS if self.handbook else None


@dataclass(frozen=True)
class Watch:
    """Who is told how far it is."""

    step: Callable[[str], None]
    trial: OnTrial
    fold: OnFold


def told(step: Callable[[str], None]) -> Watch:
    """Tells of each step, and not of its parts."""
    return Watch(step, lambda *_: None, lambda *_: None)


def silent() -> Watch:
    """Tells nobody."""
    return told(lambda _: None)


def protocol(warehouse: Warehouse, request: Request) -> Protocol:
    """The folds of a request.

    Raises:
        PeriodError: when there are not the days for one.
    """
    if request.handbook:
        first, end = _HANDBOOK_DAYS
    else:
        days = extent(warehouse)
        first = days.first_transaction
        end = scorable_end(days.last_transaction, days.last_report, LABEL_DELAY_DAYS)
    return prequential_protocol(first, end, LABEL_DELAY_DAYS).learning_from(request.training_days)


def history_of(warehouse: Warehouse, request: Request, days: Protocol) -> History:
    """What all folds of a protocol read, and the days from the newest of them until today."""
    folds = (*days.evaluation, *days.tuning)
    start = min(fold.training_start for fold in folds)
    end = max(fold.test_end for fold in folds)
    if not request.handbook:
        end = max(end, extent(warehouse).last_transaction + timedelta(days=1))
    return load_history(warehouse, feature_set(request.features), start, end)


def choose(history: History, request: Request, days: Protocol, watch: Watch) -> Choice:
    """Parameters by the folds that are older than every evaluation; one trial is the defaults."""
    kind = candidate(request.model).for_days(request.training_days)
    if request.trials < 2:
        return Choice(kind.defaults, None, 0)
    folds = [(history.training_set(fold), history.test_set(fold)) for fold in days.tuning]
    return choose_parameters(kind, folds, request.trials, watch.trial)


def evaluate_request(
    warehouse: Warehouse, history: History, request: Request, days: Protocol, watch: Watch
) -> Evaluation:
    """Chooses parameters, evaluates them on every fold, and writes the figures down."""
    watch.step("choosing parameters")
    chosen = choose(history, request, days, watch)
    plan = Plan(
        candidate(request.model), history.features, chosen.parameters, request.training_days,
        request.equalise,
    )  # fmt: skip
    watch.step("evaluating")
    evaluation = evaluate(history, plan, days.evaluation, request.limits, watch.fold)
    log_evaluation(warehouse, evaluation)
    log_fairness(warehouse, evaluation, compared_groups(warehouse, history, evaluation))
    log_policies(warehouse, evaluation, group_policies(warehouse, history, evaluation))
    return evaluation


def register(
    warehouse: Warehouse, history: History, request: Request, days: Protocol, watch: Watch
) -> tuple[str, Evaluation]:
    """Evaluates, learns from the newest days whose labels are known, and registers a challenger.

    Returns:
        Number of the version, and its evaluation.
    """
    evaluation = evaluate_request(warehouse, history, request, days, watch)
    newest = next_fold(days, request.training_days)
    watch.step("learning from the newest days")
    training = checked_training_set(history, newest)
    lesson = learn_calibrated(evaluation.plan.candidate, training, evaluation.plan.parameters)
    unseen = lesson.model.calibration.probabilities(lesson.unseen_raw_scores)
    watch.step("registering")
    common = threshold_for(unseen, training.is_fraud, FALSE_POSITIVE_RATE)
    by_group = {}
    if request.equalise:
        groups = history.customer_values(warehouse, request.equalise)[training.customers]
        by_group = thresholds_by_group(unseen, training.is_fraud, groups, FALSE_POSITIVE_RATE)
    number = Registry(warehouse.settings).register(
        evaluation.plan, lesson.model, newest, training.content_hash(history.features), common,
        evaluation, _sample(training.inputs), by_group,
    )  # fmt: skip
    return number, evaluation


def next_fold(days: Protocol, training_days: int) -> Fold:
    """The fold after the newest evaluation: its test period is what comes next."""
    newest = days.evaluation[0]
    return replace(newest, test_start=newest.test_end, training_days=training_days)


def published_single_split(history: History) -> dict[str, dict[str, float]]:
    """The handbook's baseline again: its features, its parameters, its week, without calibration.

    Args:
        history: of feature version `published`, with the handbook's days.

    Returns:
        Metrics by kind of model.
    """
    fold = prequential_protocol(*_HANDBOOK_DAYS).evaluation[-1]
    training, test = history.training_set(fold), history.test_set(fold)
    found = {}
    for name, parameters in PUBLISHED_PARAMETERS.items():
        learnt = candidate(name).learn(training.inputs, training.is_fraud, parameters)
        found[name] = performance(test, learnt.raw_scores(test.inputs))
    return found


def compared_groups(
    warehouse: Warehouse, history: History, evaluation: Evaluation
) -> list[Comparison]:
    """Groups of customers over all folds, each fold at the threshold of 1 % false positives.

    Where the plan has thresholds by group, at those that its training period gave.
    """
    tests = [each.test for each in evaluation.folds]
    if evaluation.plan.equalised:
        values = history.customer_values(warehouse, evaluation.plan.equalised)
        alerted = [_alerted_by_training(each, values) for each in evaluation.folds]
    else:
        alerted = [_alerted(each.scores[MODEL], each.test) for each in evaluation.folds]
    is_fraud = np.concatenate([each.is_fraud for each in tests])
    customers = np.concatenate([each.customers for each in tests])
    return [
        compare(attribute, customers, values[customers], is_fraud, np.concatenate(alerted))
        for attribute, values in _groups(warehouse, history).items()
    ]


def group_policies(warehouse: Warehouse, history: History, evaluation: Evaluation) -> list[Policy]:
    """One threshold for all and thresholds by group, on the same payments.

    Both are set by each fold's training period, as they would have been, so that neither has the
    test period's own rate exactly.
    """
    tests = [each.test for each in evaluation.folds]
    is_fraud, amounts, customers = (
        np.concatenate([getattr(test, name) for test in tests])
        for name in ("is_fraud", "amounts", "customers")
    )
    found = []
    for attribute, values in _groups(warehouse, history).items():
        for name, by in ((COMMON, None), (BY_GROUP, values)):
            alerted = np.concatenate([_alerted_by_training(e, by) for e in evaluation.folds])
            found.append(
                policy(attribute, name, customers, values[customers], is_fraud, alerted, amounts)
            )
    return [each for each in found if each]


def _groups(warehouse: Warehouse, history: History) -> dict[str, Texts]:
    """Value of each customer, by attribute; without attributes that say nothing."""
    found = {name: history.customer_values(warehouse, name) for name in ATTRIBUTES}
    return {name: values for name, values in found.items() if any(v is not None for v in values)}


def _alerted(scores: Floats, test: Examples) -> Booleans:
    return np.asarray(scores >= threshold_for(scores, test.is_fraud, FALSE_POSITIVE_RATE))


def _alerted_by_training(scored: FoldScores, values: Texts | None) -> Booleans:
    """What would have been alerted about, with thresholds by group if there are groups."""
    unseen, scores = scored.unseen, scored.scores[MODEL]
    common = threshold_for(unseen.scores, unseen.is_fraud, FALSE_POSITIVE_RATE)
    if values is None:
        return np.asarray(scores >= common)
    by_group = thresholds_by_group(
        unseen.scores, unseen.is_fraud, values[unseen.customers], FALSE_POSITIVE_RATE
    )
    return np.asarray(scores >= row_thresholds(common, by_group, values[scored.test.customers]))


def _sample(inputs: Inputs) -> Inputs:
    if len(inputs) <= _REFERENCE_ROWS:
        return inputs
    chosen = np.random.default_rng(SEED).choice(len(inputs), _REFERENCE_ROWS, replace=False)
    return inputs[np.sort(chosen)]
