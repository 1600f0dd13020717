"""Figures of small sets that can be counted by hand."""

import numpy as np
import pyarrow as pa
import pytest

from fraud_model.examples import MICROSECONDS_PER_DAY, Examples
from fraud_model.fairness import threshold_for
from fraud_model.metrics import (
    calibration_error,
    card_alerts,
    performance,
    performance_by_type,
    recall_at,
    summary,
)


def rows(days: list[int], customers: list[int], frauds: list[int], amounts: list[int]) -> Examples:
    count = len(days)
    is_fraud = np.array(frauds, dtype=np.bool_)
    return Examples(
        pa.array([str(number) for number in range(count)]), np.array(customers),
        np.zeros(count, int),
        np.array(days) * MICROSECONDS_PER_DAY, np.zeros((count, 1), np.float32),
        np.array(amounts, float), np.zeros(count), is_fraud,
        np.where(is_fraud, np.where(np.array(amounts) > 50, "large", "small"), "").astype(object),
    )  # fmt: skip


def test_a_card_is_looked_at_once_a_day_and_never_after_it_was_found() -> None:
    # Card 1 is defrauded on both days, card 2 on the second; one card a day can be looked at.
    examples = rows(
        [0, 0, 0, 1, 1, 1], [1, 1, 3, 1, 2, 3], [1, 0, 0, 1, 1, 0], [10, 5, 7, 20, 40, 9]
    )
    found = card_alerts(examples, np.array([0.5, 0.9, 0.8, 0.99, 0.7, 0.6]), capacity=1)
    # Day 0: card 1, by its genuine payment's score. Day 1: card 1 is out, so card 2.
    assert found.precision == 1.0
    assert (found.caught_amount, found.lost_amount) == (70.0, 0.0)


def test_money_of_a_card_that_is_found_late_is_lost_until_then() -> None:
    examples = rows([0, 0, 1], [1, 2, 1], [1, 0, 1], [10, 5, 30])
    found = card_alerts(examples, np.array([0.1, 0.9, 0.9]), capacity=1)
    assert found.precision == 0.5
    assert (found.caught_amount, found.lost_amount, found.caught_share) == (30.0, 10.0, 0.75)


def test_fewer_cards_than_can_be_looked_at_lower_the_precision() -> None:
    examples = rows([0, 0], [1, 2], [1, 0], [10, 10])
    assert card_alerts(examples, np.array([0.9, 0.1]), capacity=100).precision == 0.01


def test_recall_at_a_rate_takes_what_is_allowed_and_no_more() -> None:
    is_fraud = np.array([True, False, True, False, False, True])
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.1])
    assert recall_at(is_fraud, scores, 0.0) == pytest.approx(1 / 3)
    assert recall_at(is_fraud, scores, 1 / 3) == pytest.approx(2 / 3)
    assert recall_at(is_fraud, scores, 0.3) == pytest.approx(1 / 3)


def test_calibration_error_is_the_distance_of_stated_and_found() -> None:
    is_fraud = np.arange(1000) % 10 == 0
    assert calibration_error(is_fraud, np.full(1000, 0.1)) == pytest.approx(0.0, abs=0.01)
    assert calibration_error(is_fraud, np.full(1000, 0.3)) == pytest.approx(0.2, abs=0.01)


def test_scores_that_are_no_probabilities_have_no_calibration() -> None:
    examples = rows([0, 0], [1, 2], [1, 0], [10, 10])
    assert "brier_score" in performance(examples, np.array([0.9, 0.1]))
    assert "brier_score" not in performance(examples, np.array([60.0, 0.0]))


def test_frauds_of_another_kind_are_left_out() -> None:
    examples = rows([0, 0, 0], [1, 2, 3], [1, 1, 0], [100, 10, 10])
    by_type = performance_by_type(examples, np.array([0.1, 0.9, 0.5]))
    assert by_type["large"]["auc_roc"] == 0.0
    assert by_type["small"]["auc_roc"] == 1.0


def test_summary_has_no_deviation_for_one_fold() -> None:
    assert summary([0.5]) == (0.5, 0.0)
    assert summary([1.0, 3.0]) == (2.0, pytest.approx(2**0.5))


def test_the_threshold_alerts_so_many_genuine_ones_and_no_more() -> None:
    scores = np.concatenate([np.linspace(0, 0.5, 100), np.full(10, 0.45)])
    is_fraud = np.arange(110) >= 100
    threshold = threshold_for(scores, is_fraud, 0.05)
    assert (scores[~is_fraud] >= threshold).sum() == 5
