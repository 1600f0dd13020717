"""A shift is noticed the day it comes, and usual days raise nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from fraud_model.calibration import learn_calibrated
from fraud_model.candidates import candidate
from fraud_model.evaluation import Plan
from fraud_model.examples import Examples, History
from fraud_model.monitoring import SCORE, Drift, drift, smirnov_distance, stability_index
from fraud_model.periods import Fold
from fraud_model.registry import Version
from tests.support.fraud_history import COUNT, END, FEATURES, RATE, fraud_history

NOISE = [
    name for name in FEATURES.names if name not in {"reporting_amount", COUNT, RATE}
]  # fmt: skip
FOLD = Fold(END - timedelta(days=14), training_days=28)


@pytest.fixture(scope="module")
def busy() -> History:
    """Enough payments a day for a day to be compared."""
    return fraud_history(seed=2, transactions=16_000)


@pytest.fixture(scope="module")
def version(busy: History) -> Version:
    training = busy.training_set(FOLD)
    plan = Plan(
        candidate("lightgbm"), FEATURES, {**candidate("lightgbm").defaults, "rounds": 30}, 28
    )
    model = learn_calibrated(plan.candidate, training, plan.parameters).model
    return Version("1", plan, model, FOLD, "", 0.5, {}, training.inputs)


def days_after(busy: History, first: int, count: int) -> Examples:
    start = FOLD.training_end + timedelta(days=first)
    return busy.all_of(start, start + timedelta(days=count))


def drifted(version: Version, busy: History, looked_at: Examples) -> list[Drift]:
    usual = busy.all_of(FOLD.training_start, FOLD.training_end)
    found = drift(version, usual, looked_at)
    assert {each.input_name for each in found} == {*FEATURES.names, SCORE}
    return [each for each in found if each.is_drifted]


def test_usual_days_raise_nothing(version: Version, busy: History) -> None:
    assert drifted(version, busy, days_after(busy, 0, 21)) == []


def test_amounts_that_double_are_noticed_within_the_day(version: Version, busy: History) -> None:
    day = days_after(busy, 3, 1)
    inputs = day.inputs.copy()
    inputs[:, 0] *= 2
    found = drifted(version, busy, replace(day, inputs=inputs))
    assert "reporting_amount" in {each.input_name for each in found}
    assert {each.day for each in found} == {FOLD.training_end + timedelta(days=3)}


def moved(busy: History, names: Sequence[str], by: float) -> Examples:
    """A day some of whose inputs, which are noise between 0 and 1, are higher."""
    day = days_after(busy, 3, 1)
    inputs = day.inputs.copy()
    for name in names:
        inputs[:, FEATURES.names.index(name)] += by
    return replace(day, inputs=inputs)


def test_one_input_a_little_beyond_is_chance_and_three_together_are_not(
    version: Version, busy: History
) -> None:
    one, *others = NOISE[:3]
    assert {each.input_name for each in drifted(version, busy, moved(busy, [one], 0.16))} == set()
    together = drifted(version, busy, moved(busy, [one, *others], 0.16))
    assert {one, *others} <= {each.input_name for each in together}
    far = drifted(version, busy, moved(busy, [one], 0.5))
    assert one in {each.input_name for each in far}


def test_values_that_go_missing_change_the_stability_index() -> None:
    values = np.random.default_rng(0).normal(size=5000)
    missing = np.where(np.arange(5000) % 3 == 0, np.nan, values)
    assert stability_index(values, missing) > 0.2
    assert stability_index(values, values) == pytest.approx(0.0)


def test_the_index_is_what_its_formula_says() -> None:
    reference = np.arange(1000.0)
    values = np.concatenate([np.arange(1000.0), np.arange(900.0, 1000.0)])
    new = np.array([100.0] * 9 + [200.0]) / 1100
    expected = ((new - 0.1) * np.log(new / 0.1)).sum()
    assert stability_index(reference, values) == pytest.approx(expected, rel=0.02)


def test_the_distance_is_the_greatest_gap() -> None:
    assert smirnov_distance(np.array([1.0, 2, 3, 4]), np.array([3.0, 4, 5, 6])) == 0.5
    assert smirnov_distance(np.array([1.0, 2]), np.array([1.0, 2])) == 0.0
    assert smirnov_distance(np.array([np.nan]), np.array([1.0])) == 0.0
