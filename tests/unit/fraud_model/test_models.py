"""Models learn, say the same twice, explain themselves, and are what their ONNX graph is."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from fraud_model.calibration import CalibratedModel, Calibration, learn_calibrated
from fraud_model.candidates import CANDIDATES, candidate
from fraud_model.evaluation import BOTH, CEILING, MODEL, RULES, Plan, evaluate
from fraud_model.examples import Examples, History
from fraud_model.leak_checks import LeakError, PlausibleLimits
from fraud_model.onnx_export import (
    ExportError,
    check_export,
    float32_not_above,
    score_onnx,
    to_onnx,
)
from fraud_model.periods import Protocol
from fraud_model.tuning import choose_parameters, drawn_parameters
from fraud_model.words import in_words, reasons
from sentinel.errors import SettingsError
from tests.support.fraud_history import FEATURES

each_kind = pytest.mark.parametrize("name", list(CANDIDATES))
FEW_ROUNDS = {"rounds": 20}


@pytest.fixture(scope="module")
def training(history: History, protocol: Protocol) -> Examples:
    return history.training_set(protocol.evaluation[0].learning_from(28))


@pytest.fixture(scope="module")
def gaps(training: Examples) -> Examples:
    """The same rows with missing values and numbers at and beside thresholds."""
    inputs = training.inputs.copy()
    random = np.random.default_rng(0)
    inputs[random.random(inputs.shape) < 0.1] = np.nan
    return replace(training, inputs=inputs)


def parameters(name: str) -> dict[str, float | int | str]:
    few = FEW_ROUNDS if "rounds" in candidate(name).defaults else {}
    return {**candidate(name).defaults, **few}


@each_kind
def test_the_same_training_gives_the_same_bits(name: str, training: Examples) -> None:
    one, other = (learn_calibrated(candidate(name), training, parameters(name)) for _ in range(2))
    assert one.model.calibration == other.model.calibration
    assert one.unseen_raw_scores.tobytes() == other.unseen_raw_scores.tobytes()
    scores = [each.model.scores(training.inputs).tobytes() for each in (one, other)]
    assert scores[0] == scores[1]


@each_kind
def test_the_graph_says_what_the_model_says(name: str, gaps: Examples) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = learn_calibrated(candidate(name), gaps, parameters(name)).model
    graph = to_onnx(model, len(FEATURES.inputs))
    neighbours = np.nextafter(gaps.inputs, np.float32(np.inf))
    for inputs in (gaps.inputs, neighbours, np.full_like(gaps.inputs[:5], np.nan)):
        assert check_export(graph, model, inputs) <= 1e-5
    other = CalibratedModel(model.learnt, Calibration(model.calibration.slope, 3.0))
    with pytest.raises(ExportError, match="differ"):
        check_export(graph, other, gaps.inputs)
    assert score_onnx(graph, gaps.inputs[:3]).shape == (3,)


def test_a_threshold_is_rounded_down_so_that_no_number_changes_sides() -> None:
    below, above = np.float32(1.1), np.nextafter(np.float32(1.1), np.float32(2))
    between = (float(below) + 3 * float(above)) / 4
    assert np.float32(between) == above
    assert float32_not_above(between) == float(below)
    assert float32_not_above(float(below)) == float(below)


@each_kind
def test_contributions_add_up_to_the_raw_score(name: str, training: Examples) -> None:
    learnt = candidate(name).learn(training.inputs, training.is_fraud, parameters(name))
    rows = training.inputs[:50]
    found = learnt.contributions(rows)
    assert found.shape == (50, len(FEATURES.inputs) + 1)
    np.testing.assert_allclose(found.sum(axis=1), learnt.raw_scores(rows), atol=1e-4)


def test_reasons_are_in_an_analysts_words(training: Examples) -> None:
    learnt = candidate("lightgbm").learn(
        training.inputs, training.is_fraud, {**parameters("lightgbm"), "rounds": 60}
    )
    large = np.flatnonzero(training.is_fraud & (training.amounts > 250))[:1]
    (of_row,) = reasons(learnt, FEATURES, training.inputs[large])
    assert of_row[0].words == "the amount"
    assert in_words(of_row).startswith("the amount (")
    assert in_words([replace(each, contribution=-1.0) for each in of_row]) == ""


def test_calibrated_scores_are_near_what_is_found(history: History, protocol: Protocol) -> None:
    plan = Plan(candidate("lightgbm"), FEATURES, parameters("lightgbm"), 28)
    evaluation = evaluate(history, plan, protocol.evaluation)
    assert evaluation.mean("calibration_error") < 0.02
    raw = Calibration(1.0, 4.0)
    assert raw.probabilities(np.array([-1.0, 2.0]))[1] > 0.9


def test_an_evaluation_sets_model_rules_and_oracle_beside_each_other(
    history: History, protocol: Protocol
) -> None:
    plan = Plan(candidate("lightgbm"), FEATURES, parameters("lightgbm"), 28)
    evaluation = evaluate(history, plan, protocol.evaluation)
    for scorer in (MODEL, RULES, BOTH, CEILING):
        assert len(evaluation.values("average_precision", scorer)) == 2
    by = {s: evaluation.mean("average_precision", s) for s in (MODEL, RULES, BOTH, CEILING)}
    assert by[RULES] < by[MODEL]
    assert by[RULES] < by[CEILING]
    assert evaluation.fraud_types() == ["bad_terminal", "large_amount"]
    again = evaluate(history, plan, protocol.evaluation)
    assert again.evaluation_id == evaluation.evaluation_id
    assert again.figures == evaluation.figures


def test_an_evaluation_that_is_too_good_fails(history: History, protocol: Protocol) -> None:
    plan = Plan(candidate("lightgbm"), FEATURES, parameters("lightgbm"), 7)
    with pytest.raises(LeakError, match="knows the future"):
        evaluate(history, plan, protocol.evaluation, PlausibleLimits(0.5, 1.0))


def test_parameters_are_chosen_by_the_tuning_folds(history: History, protocol: Protocol) -> None:
    folds = [(history.training_set(fold), history.test_set(fold)) for fold in protocol.tuning]
    assert folds
    told: list[tuple[int, int, float]] = []
    choice = choose_parameters(
        candidate("logistic_regression"), folds, 4, lambda *each: told.append(each)
    )
    assert choice.trials == len(told) == 4
    assert choice.average_precision == max(best for *_, best in told)
    assert choice == choose_parameters(candidate("logistic_regression"), folds, 4)
    assert choose_parameters(candidate("lightgbm"), []).parameters == candidate("lightgbm").defaults


def test_draws_differ_and_begin_with_the_defaults() -> None:
    drawn = drawn_parameters(candidate("xgboost"), 10)
    assert drawn[0] == candidate("xgboost").defaults
    assert len({tuple(sorted(each.items())) for each in drawn}) == 10
    assert drawn == drawn_parameters(candidate("xgboost"), 10)
    assert len(drawn_parameters(candidate("logistic_regression"), 100)) <= 13


def test_an_unknown_model_is_an_error_that_names_the_known() -> None:
    with pytest.raises(SettingsError, match="lightgbm"):
        candidate("forest")
