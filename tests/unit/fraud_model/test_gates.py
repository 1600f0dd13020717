"""The gate opens for a better challenger, and for each fault alone it stays shut."""

from dataclasses import replace

import pytest

from fraud_model.fairness import Fairness
from fraud_model.gates import GateLimits, Measured, refusals
from fraud_model.leak_checks import HANDBOOK_LIMITS

CHAMPION = Measured(0.70, 0.88, 0.30, 0.002, 5.0)
BETTER = replace(CHAMPION, average_precision=0.71)
LIMITS = GateLimits(plausible=HANDBOOK_LIMITS)


def test_a_better_challenger_is_let_through() -> None:
    fair = replace(BETTER, fairness=[Fairness("segment", 1.4, 0.1)])
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
        (replace(BETTER, fairness=[Fairness("segment", 3.5, 0.0)]), "3.5 times as often"),
        (replace(BETTER, fairness=[Fairness("segment", float("inf"), 0.0)]), "times as often"),
        (replace(BETTER, fairness=[Fairness("home_country_code", 1.0, 0.3)]), "differs by 0.30"),
    ],
)  # fmt: skip
def test_each_fault_alone_is_refused(challenger: Measured, told: str) -> None:
    (reason,) = refusals(challenger, CHAMPION, LIMITS)
    assert told in reason


def test_a_leaking_first_version_is_refused() -> None:
    assert refusals(replace(CHAMPION, auc_roc=0.95), None, LIMITS)
    assert not refusals(replace(CHAMPION, auc_roc=0.95), None, GateLimits())


def test_better_by_a_hair_may_not_be_enough() -> None:
    assert refusals(BETTER, CHAMPION, replace(LIMITS, better_by=0.02))
    assert not refusals(BETTER, CHAMPION, replace(LIMITS, better_by=0.005))
