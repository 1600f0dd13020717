"""The fraud model on the handbook's data, by the published protocol.

Belongs here: the published figures measured again, and ours. What an honest model cannot exceed is
held by the evaluation itself, which raises.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from fraud_model.evaluation import CEILING, RULES, Evaluation
from fraud_model.examples import load_history
from fraud_model.feature_sets import feature_set
from fraud_model.model_card import PUBLISHED_SINGLE_SPLIT
from fraud_model.suite import SINGLE_SPLIT_DAYS
from fraud_model.training import (
    Request,
    evaluate_request,
    history_of,
    protocol,
    published_single_split,
    silent,
)
from fraud_model.warehouse import Warehouse
from sentinel.settings import Settings

MAIN = ("auc_roc", "average_precision", "card_precision_at_100")


@pytest.fixture(scope="module")
def warehouse(home: Path) -> Warehouse:
    return Warehouse(Settings(home=home))


def evaluated(warehouse: Warehouse, request: Request) -> Evaluation:
    days = protocol(warehouse, request)
    history = history_of(warehouse, request, days)
    return evaluate_request(warehouse, history, request, days, silent())


@pytest.fixture(scope="module")
def seven_days(warehouse: Warehouse) -> Evaluation:
    return evaluated(warehouse, Request("xgboost", "1", 7, trials=1, handbook=True))


def test_the_published_figures_are_measured_again(warehouse: Warehouse) -> None:
    history = load_history(warehouse, feature_set("published"), *SINGLE_SPLIT_DAYS)
    fold = protocol(warehouse, Request(training_days=7, handbook=True)).evaluation[-1]
    assert (len(history.training_set(fold)), len(history.test_set(fold))) == (67_240, 58_264)
    measured = published_single_split(history)
    assert set(measured) == set(PUBLISHED_SINGLE_SPLIT)
    for name, published in PUBLISHED_SINGLE_SPLIT.items():
        found = [measured[name][metric] for metric in MAIN]
        assert found == pytest.approx(published, abs=0.0015), name


def test_seven_days_of_version_1_reach_what_is_asked(seven_days: Evaluation) -> None:
    reached(
        seven_days, {"auc_roc": 0.875, "average_precision": 0.687, "card_precision_at_100": 0.303}
    )


def test_the_model_is_far_above_the_rules_and_below_the_oracle(seven_days: Evaluation) -> None:
    by = {each: seven_days.mean("average_precision", each) for each in ("model", RULES, CEILING)}
    assert by["model"] > 2 * by[RULES]
    assert by["model"] < by[CEILING]
    assert seven_days.fraud_types() == ["1", "2", "3"]


def test_it_is_the_same_again(warehouse: Warehouse, seven_days: Evaluation) -> None:
    again = evaluated(warehouse, Request("xgboost", "1", 7, trials=1, handbook=True))
    assert again.figures == seven_days.figures
    assert again.data_hash == seven_days.data_hash


def test_history_and_more_days_reach_more(warehouse: Warehouse, seven_days: Evaluation) -> None:
    longer = evaluated(warehouse, Request("lightgbm", "2", 56, trials=1, handbook=True))
    reached(longer, {"average_precision": 0.735, "card_precision_at_100": 0.312})
    assert longer.mean("average_precision") > seven_days.mean("average_precision")


def reached(evaluation: Evaluation, wanted: Mapping[str, float]) -> None:
    """Fails for any mean that is below what is wanted."""
    found = {name: evaluation.mean(name) for name in wanted}
    assert all(found[name] >= wanted[name] for name in wanted), found
