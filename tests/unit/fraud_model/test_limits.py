"""Limits follow the series, and say nothing of what has no past."""

import numpy as np
import pytest

from fraud_model.limits import HISTORY, LEAST_HISTORY, day_limits, week_limits


def test_limits_are_four_deviations_beyond_the_extremes() -> None:
    found = day_limits([1.0, 2, 3, 4, 5, 6, 7])
    assert found is not None
    deviation = np.std([1, 2, 3, 4, 5, 6, 7], ddof=1)
    assert (found.lower, found.upper) == pytest.approx((1 - 4 * deviation, 7 + 4 * deviation))
    assert found.holds(7 + 3.9 * deviation)
    assert not found.holds(7 + 4.1 * deviation)
    assert not found.holds(float("nan"))


def test_a_series_without_a_past_has_no_day_limits() -> None:
    assert day_limits([1.0] * (LEAST_HISTORY - 1)) is None


def test_limits_follow_the_series() -> None:
    random = np.random.default_rng(0)
    low, high = random.normal(1, 0.1, HISTORY), random.normal(9, 0.1, HISTORY)
    found = day_limits([*low, *high])
    assert found is not None
    assert found.holds(9)
    assert not found.holds(1)


def test_what_stood_still_may_move_by_the_noise_of_counting() -> None:
    still = [0.5] * HISTORY
    strict, noisy = day_limits(still), day_limits(still, noise=0.01)
    assert strict is not None
    assert noisy is not None
    assert not strict.holds(0.53)
    assert noisy.holds(0.53)
    assert not noisy.holds(0.55)


def test_weeks_have_limits_about_their_middle() -> None:
    history = [*np.linspace(0.4, 0.6, 21), 0.05]
    found = week_limits(history, noise=0.01)
    assert found is not None
    assert found.holds(0.3)
    assert not found.holds(0.05), "one odd week does not decide"
    counted = week_limits([0.5] * 10, noise=0.02)
    assert counted is not None
    assert (counted.lower, counted.upper) == pytest.approx((0.4, 0.6))
    assert week_limits([0.5] * 6, noise=0.02) is None
