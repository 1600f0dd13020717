"""Versions come back as they were registered, take places, and are gone back from."""

from pathlib import Path

import numpy as np
import pytest

from fraud_model.calibration import learn_calibrated
from fraud_model.candidates import CANDIDATES, candidate
from fraud_model.evaluation import Evaluation, Plan, evaluate
from fraud_model.examples import History
from fraud_model.periods import Protocol
from fraud_model.registry import CHALLENGER, CHAMPION, Registry, RegistryError
from sentinel.settings import Settings
from tests.support.fraud_history import FEATURES

_FEW = {"rounds": 10}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(Settings(home=tmp_path_factory.mktemp("registry")))


@pytest.fixture(scope="module")
def evaluation(history: History, protocol: Protocol) -> Evaluation:
    parameters = {**candidate("xgboost").defaults, **_FEW}
    plan = Plan(candidate("xgboost"), FEATURES, parameters, 28)
    return evaluate(history, plan, protocol.evaluation[:1])


def register(registry: Registry, history: History, evaluation: Evaluation, name: str) -> str:
    fold = evaluation.folds[0].fold
    training = history.training_set(fold)
    few = _FEW if "rounds" in candidate(name).defaults else {}
    plan = Plan(candidate(name), FEATURES, {**candidate(name).defaults, **few}, 28)
    model = learn_calibrated(plan.candidate, training, plan.parameters).model
    return registry.register(
        plan, model, fold, training.content_hash(FEATURES), 0.25, evaluation, training.inputs[:500]
    )


@pytest.mark.parametrize("name", list(CANDIDATES))
def test_a_version_comes_back_as_it_was(
    name: str, registry: Registry, history: History, evaluation: Evaluation
) -> None:
    number = register(registry, history, evaluation, name)
    assert registry.number(CHALLENGER) == number
    found = registry.version(number)
    training = history.training_set(found.training)
    same = learn_calibrated(candidate(name), training, found.plan.parameters).model
    inputs = training.inputs[:200]
    assert found.model.scores(inputs).tobytes() == same.scores(inputs).tobytes()
    assert found.data_hash == training.content_hash(FEATURES)
    assert found.plan.features == FEATURES
    assert (found.threshold, found.training) == (0.25, evaluation.folds[0].fold)
    assert found.metrics["average_precision"] == evaluation.mean("average_precision")
    np.testing.assert_array_equal(found.reference, training.inputs[:500])


def test_a_champion_is_gone_back_from_and_to(
    tmp_path: Path, history: History, evaluation: Evaluation
) -> None:
    registry = Registry(Settings(home=tmp_path))
    with pytest.raises(RegistryError, match="no version 'champion'"):
        registry.version(CHAMPION)
    first = register(registry, history, evaluation, "logistic_regression")
    registry.promote(first)
    assert (registry.number(CHAMPION), registry.number(CHALLENGER)) == (first, None)
    with pytest.raises(RegistryError, match="no champion before"):
        registry.roll_back()
    second = register(registry, history, evaluation, "logistic_regression")
    assert (registry.number(CHAMPION), registry.number(CHALLENGER)) == (first, second)
    registry.promote(second)
    assert registry.roll_back() == first
    assert registry.version(CHAMPION).number == first
    assert registry.roll_back() == second
