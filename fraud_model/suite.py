"""Several models measured in one run, each on the same weeks.

Belongs here: which are compared, and reading each feature version once. Does not belong here:
judging one model.
"""

from collections.abc import Sequence
from datetime import date

from fraud_model.evaluation import Evaluation
from fraud_model.examples import History, load_history
from fraud_model.feature_sets import feature_set
from fraud_model.model_card import Card
from fraud_model.training import (
    Request,
    Watch,
    compared_groups,
    evaluate_request,
    group_policies,
    history_of,
    protocol,
    published_single_split,
)
from fraud_model.warehouse import Warehouse

COMPARED = (
    ("logistic_regression", "1", 7),
    ("lightgbm", "1", 7),
    ("xgboost", "1", 7),
    ("lightgbm", "2", 56),
    ("xgboost", "2", 56),
)
"""Kind, feature version, training days; the last one is what a card describes."""
SINGLE_SPLIT_DAYS = (date(2018, 7, 1), date(2018, 8, 15))
"""Days of the handbook that its single split reads."""
_HANDBOOK = (
    "Simulated card payments of the *Fraud Detection Handbook* (Le Borgne, Siblini, Lebichot, "
    "Bontempi, *Reproducible Machine Learning for Credit Card Fraud Detection*, 2022), reports "
    "seven days after the payment."
)
_OWN = "Payments of this warehouse."


def suite(
    models: Sequence[str] | None,
    features: str | None,
    training_days: int | None,
    trials: int,
    handbook: bool,
) -> list[Request]:
    """The comparison, narrowed down to what was asked for."""
    if features or training_days:
        return [
            Request(model, features or "2", training_days or 7, trials, handbook)
            for model in models or ["xgboost"]
        ]
    return [
        Request(model, version, days, trials, handbook)
        for model, version, days in COMPARED
        if not models or model in models
    ]


def run_suite(warehouse: Warehouse, requests: Sequence[Request], watch: Watch) -> Card:
    """Measures every request; on the handbook's data the published baseline as well."""
    evaluations: list[Evaluation] = []
    histories: dict[str, History] = {}
    for request in requests:
        days = protocol(warehouse, request)
        if request.features not in histories:
            watch.step(f"reading features, version {request.features}")
            # One length for all: the longest training period decides how far back is read.
            longest = max(
                each.training_days for each in requests if each.features == request.features
            )
            reach = days.learning_from(longest)
            histories = {request.features: history_of(warehouse, request, reach)}
        history = histories[request.features]
        evaluations.append(evaluate_request(warehouse, history, request, days, watch))
    groups = compared_groups(warehouse, history, evaluations[-1])
    single: dict[str, dict[str, float]] = {}
    if requests[-1].handbook:
        watch.step("measuring the published baseline again")
        single = published_single_split(
            load_history(warehouse, feature_set("published"), *SINGLE_SPLIT_DAYS)
        )
    policies = group_policies(warehouse, history, evaluations[-1])
    data = _HANDBOOK if requests[-1].handbook else _OWN
    return Card(evaluations, single, groups, data, policies)
