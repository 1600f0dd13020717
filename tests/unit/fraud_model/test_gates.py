"""The gate opens for a better challenger, and for each fault alone it stays shut."""

from dataclasses import replace

import numpy as np
import pytest

from fraud_model.fairness import Fairness, compare
from fraud_model.gates import GateLimits, Measured, refusals
from fraud_model.leak_checks import HANDBOOK_LIMITS

CHAMPION = Measured(0.70, 0.88, 0.30, 0.002, 5.0)
BETTER = replace(CHAMPION, average_precision=0.71)
LIMITS = GateLimits(plausible=HANDBOOK_LIMITS)


def grouped(distance: Fairness) -> Measured:
    """The better challenger, with groups so far apart."""
    return replace(BETTER, fairness=[distance])


def test_a_better_challenger_is_let_through() -> None:
    fair = grouped(Fairness("segment", 1.4, 0.1, 0.01, 0.01))
    assert refusals(fair, CHAMPION, LIMITS) == []


def test_the_first_version_needs_no_champion_to_beat() -> None:
    assert refusals(replace(CHAMPION, average_precision=0.1), None, LIMITS) == []


@pytest.mark.parametrize(
    ("challenger", "told"),
    [
        (replace(BETTER, average_precision=0.70), "average precision 0.7000 is not above"),
        (replace(BETTER, average_precision=0.69), "average precision"),
        (replace(BETTER, average_precision=float("nan")), "average precision"),
        (replace(BETTER, calibration_error=0.004), "calibration error"),
        (replace(BETTER, latency_ms=21.0), "takes 21.0 ms"),
        (replace(BETTER, auc_roc=0.93), "leak"),
        (replace(BETTER, card_precision_at_100=0.5), "leak"),
        (grouped(Fairness("segment", 3.5, 0.0, 0.01, 0.5)), "3.5 times as often"),
        (grouped(Fairness("segment", float("inf"), 0.0, 0.01, 1.0)), "times as often"),
        (grouped(Fairness("home_country_code", 1.0, 0.3, 1.0, 0.01)), "differs by 0.30"),
    ],
)  # fmt: skip
def test_each_fault_alone_is_refused(challenger: Measured, told: str) -> None:
    (reason,) = refusals(challenger, CHAMPION, LIMITS)
    assert told in reason


def test_a_model_that_does_not_see_one_group_is_refused() -> None:
    customers = np.repeat(np.arange(200), 40)
    is_fraud = np.tile(np.arange(40) == 0, 200)
    groups = np.where(customers < 100, "student", "premium").astype(object)
    is_alerted = is_fraud & ((customers >= 100) | (customers < 50))
    distance = compare("segment", customers, groups, is_fraud, is_alerted).fairness()
    assert distance is not None
    (reason,) = refusals(grouped(distance), CHAMPION, LIMITS)
    assert "differs by 0.50 between groups" in reason


def test_a_distance_between_groups_that_chance_explains_is_not_held_against_it() -> None:
    small = grouped(Fairness("segment", 4.0, 0.4, 0.2, 0.05))
    assert refusals(small, CHAMPION, LIMITS) == []
    assert len(refusals(small, CHAMPION, replace(LIMITS, chance=0.5))) == 2
    unknown = grouped(Fairness("segment", 4.0, 0.4, float("nan"), 0.2))
    assert len(refusals(unknown, CHAMPION, LIMITS)) == 1


def test_a_leaking_first_version_is_refused() -> None:
    assert refusals(replace(CHAMPION, auc_roc=0.95), None, LIMITS)
    assert not refusals(replace(CHAMPION, auc_roc=0.95), None, GateLimits())


def test_better_by_a_hair_may_not_be_enough() -> None:
    assert refusals(BETTER, CHAMPION, replace(LIMITS, better_by=0.02))
    assert not refusals(BETTER, CHAMPION, replace(LIMITS, better_by=0.005))
