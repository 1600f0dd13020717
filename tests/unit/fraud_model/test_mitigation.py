"""Thresholds by group bring false-positive rates together, and their price is counted."""

import numpy as np
import pytest

from fraud_model.examples import Booleans, Floats, Texts
from fraud_model.mitigation import BY_GROUP, COMMON, policy, row_thresholds, thresholds_by_group
from fraud_model.training import Request
from sentinel.errors import SettingsError

Payments = tuple[Floats, Booleans, Texts]
CUSTOMERS = np.arange(60_000)
"""One payment each."""


def payments(seed: int) -> Payments:
    """Scores of genuine payments are twice as high in one group as in the other."""
    random = np.random.default_rng(seed)
    groups = random.choice(np.array(["premium", "student", None], dtype=object), len(CUSTOMERS))
    is_fraud = random.random(len(groups)) < 0.02
    scores = random.beta(1, 9, len(groups)) + 0.5 * is_fraud * random.random(len(groups))
    return np.minimum(np.where(groups == "student", 2 * scores, scores), 1.0), is_fraud, groups


def test_every_group_has_the_rate_that_was_asked_for() -> None:
    scores, is_fraud, groups = payments(0)
    found = thresholds_by_group(scores, is_fraud, groups, 0.01)
    assert found["student"] > found["premium"]
    for group, threshold in found.items():
        genuine = scores[(groups == group) & ~is_fraud]
        assert (genuine >= threshold).mean() == pytest.approx(0.01, abs=0.0005)


def test_what_was_set_on_some_payments_holds_on_others_and_has_its_price() -> None:
    set_on, (scores, is_fraud, groups) = payments(0), payments(1)
    by_group = thresholds_by_group(*set_on, 0.01)
    common = float(np.quantile(set_on[0][~set_on[1]], 0.99))
    amounts = np.full(len(scores), 10.0)
    before, after = (
        policy("segment", name, CUSTOMERS, groups, is_fraud, scores >= thresholds, amounts)
        for name, thresholds in (
            (COMMON, np.full(len(scores), common)),
            (BY_GROUP, row_thresholds(common, by_group, groups)),
        )
    )
    assert before is not None
    assert after is not None
    assert before.distance.false_positive_rate_ratio > 5
    assert after.distance.false_positive_rate_ratio < 1.3
    assert after.alerts == after.false_alerts + after.frauds
    assert after.fraud_amount == 10.0 * after.frauds
    assert after.frauds != before.frauds


def test_a_small_group_and_nobodys_group_have_the_common_threshold() -> None:
    scores, is_fraud, groups = payments(0)
    groups[:50] = "new"
    found = thresholds_by_group(scores, is_fraud, groups, 0.01)
    assert set(found) == {"premium", "student"}
    some = np.array(["new", None, "student"], dtype=object)
    assert row_thresholds(0.5, found, some).tolist() == [0.5, 0.5, found["student"]]


def test_one_group_by_itself_is_compared_with_nobody() -> None:
    scores, is_fraud, _ = payments(0)
    alone = np.full(len(scores), "all", dtype=object)
    assert policy("segment", COMMON, CUSTOMERS, alone, is_fraud, scores > 0.5, scores) is None


def test_groups_that_customers_have_not_are_named() -> None:
    with pytest.raises(SettingsError, match="segment, home_country_code"):
        Request(equalise="age")
