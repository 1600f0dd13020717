"""Groups are compared where they are large enough, and chance is told from difference."""

import numpy as np
import pytest

from fraud_model.fairness import Comparison, compare

CUSTOMERS, PAYMENTS = 200, 40
"""Of each customer as many, every tenth a fraud."""
OF_ROW = np.repeat(np.arange(CUSTOMERS), PAYMENTS)
IS_FRAUD = np.tile(np.arange(PAYMENTS) % 10 == 0, CUSTOMERS)


def compared(missed: np.ndarray, suspected: np.ndarray) -> Comparison:
    """Two groups of a hundred customers.

    Args:
        missed: numbers of customers none of whose frauds is found; every one of the others' is.
        suspected: numbers of customers each of whose genuine payments is alerted.
    """
    groups = np.where(OF_ROW % 2 == 0, "even", "odd").astype(object)
    is_alerted = np.where(IS_FRAUD, ~np.isin(OF_ROW, missed), np.isin(OF_ROW, suspected))
    return compare("segment", OF_ROW, groups, IS_FRAUD, is_alerted)


def test_groups_are_compared_only_when_they_are_large_enough() -> None:
    groups = np.array(["a"] * 2000 + ["b"] * 2000 + ["tiny"] * 50 + [None] * 10, dtype=object)
    is_fraud = np.zeros(len(groups), dtype=np.bool_)
    is_fraud[:40] = is_fraud[2000:2040] = True
    is_alerted = np.zeros(len(groups), dtype=np.bool_)
    is_alerted[:20] = is_alerted[2000:2040] = True
    is_alerted[100:110] = is_alerted[2100:2130] = True
    found = compare("segment", np.arange(len(groups)), groups, is_fraud, is_alerted)
    assert [each.group for each in found.figures] == ["a", "b", "tiny"]
    assert [each.is_large_enough for each in found.figures] == [True, True, False]
    distance = found.fairness()
    assert distance is not None
    assert distance.false_positive_rate_ratio == pytest.approx(3.0)
    assert distance.recall_gap == pytest.approx(0.5)
    # Eighty customers with a fraud each, twenty of forty missed and none of the others.
    assert distance.gap_chance < 0.01
    assert distance.ratio_chance < 0.01


def test_one_group_is_nothing_to_compare() -> None:
    groups = np.array(["a"] * 10, dtype=object)
    none = np.zeros(10, dtype=np.bool_)
    found = compare("segment", np.arange(10), groups, none, none)
    assert found.distance is None
    assert found.fairness() is None


def test_few_customers_apart_may_be_chance_however_many_payments_they_make() -> None:
    """Three customers with all their frauds missed, in one group: one time in four by chance."""
    found = compared(missed=np.array([0, 2, 4]), suspected=np.array([1, 3, 5])).fairness()
    assert found is not None
    assert found.recall_gap == pytest.approx(0.03)
    assert found.gap_chance == pytest.approx(0.25, abs=0.06)
    assert found.false_positive_rate_ratio == float("inf")
    assert found.ratio_chance == pytest.approx(0.25, abs=0.06)


def test_a_whole_group_apart_is_none() -> None:
    found = compared(missed=np.arange(0, 60, 2), suspected=np.arange(1, 61, 2)).fairness()
    assert found is not None
    assert found.recall_gap == pytest.approx(0.3)
    assert found.gap_chance == found.ratio_chance == pytest.approx(1 / 500)


def test_the_same_groups_have_the_same_chance_each_time() -> None:
    some = np.arange(0, 40, 3)
    assert compared(some, some).fairness() == compared(some, some).fairness()
