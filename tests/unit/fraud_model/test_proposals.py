"""Proposals find the rules that tell frauds, and are judged on days they were not learnt from."""

from datetime import date, timedelta

import numpy as np
import pytest

from fraud_model.periods import PeriodError
from fraud_model.proposals import (
    Observed,
    Outcome,
    Rules,
    best_threshold,
    points,
    propose,
)

START = date(2024, 1, 1)
JUDGED, END = START + timedelta(days=40), START + timedelta(days=60)
PRESENT = Rules(("noise", "telling"), np.array([0.5, 0.9]), np.array([50, 30]))


def observed(seed: int = 0, count: int = 30_000) -> Observed:
    """The first rule sees nothing; of payments that the second sees above 0.7 half are fraud."""
    random = np.random.default_rng(seed)
    values = random.random((count, 2))
    values[random.random(count) < 0.9, 1] = np.nan
    is_fraud = (values[:, 1] > 0.7) & (random.random(count) < 0.5)
    first = (START - date(1970, 1, 1)).days
    return Observed(values, is_fraud, first + np.sort(random.integers(0, 60, count)))


def test_the_threshold_is_where_hits_begin_to_be_worth_it() -> None:
    rows = observed()
    found = best_threshold(rows.values[:, 1], rows.is_fraud, 0.9, 10.0)
    assert found == pytest.approx(0.7, abs=0.03)


def test_a_dear_false_alert_keeps_the_threshold_high() -> None:
    rows = observed()
    values, is_fraud = rows.values[:, 0], rows.is_fraud
    assert best_threshold(values, is_fraud, 0.5, 1.0) >= 0.97
    assert best_threshold(values, is_fraud, 0.5, 1000.0) < 0.1


def test_a_rule_that_never_sees_a_fraud_stays_as_it_is() -> None:
    values = np.array([np.nan, 0.4, 0.9])
    assert best_threshold(values, np.array([True, False, False]), 0.6, 10.0) == 0.6


def test_points_follow_what_a_hit_says() -> None:
    rows = observed()
    hits = Rules(("noise", "telling"), np.array([0.5, 0.7]), np.array([0, 0])).hits(rows.values)
    wanted = int(hits[:, 1].sum())
    found = points(hits, rows.is_fraud, wanted)
    assert found is not None
    assert found[1] >= 50 > found[0]
    assert int((hits @ found >= 50).sum()) == pytest.approx(wanted, rel=0.05)


def test_without_an_alert_nothing_is_said_of_weights() -> None:
    assert points(np.zeros((10, 2), dtype=np.bool_), np.arange(10) == 0, 3) is None


def test_a_proposal_counts_the_days_that_judge_and_no_other() -> None:
    rows = observed()
    found = propose(PRESENT, rows, START, JUDGED, END, 10.0)
    judging = rows.days >= (JUDGED - date(1970, 1, 1)).days
    is_hit = judging & (rows.values[:, 1] > 0.9)
    assert found.present_outcomes[1] == Outcome(
        int(is_hit.sum()), int((is_hit & rows.is_fraud).sum())
    )
    is_alert = judging & (rows.values[:, 0] > 0.5)
    assert found.present_outcomes[2].hits == int(is_alert.sum())
    assert found.proposed_outcomes[2].frauds > found.present_outcomes[2].frauds
    assert found.present == PRESENT
    assert (found.learnt_from, found.judged_from) == (START, JUDGED)


def test_what_happens_on_the_days_that_judge_changes_no_proposal() -> None:
    rows = observed()
    judging = rows.days >= (JUDGED - date(1970, 1, 1)).days
    other = Observed(rows.values, rows.is_fraud ^ judging, rows.days)
    one, two = (propose(PRESENT, each, START, JUDGED, END, 10.0) for each in (rows, other))
    np.testing.assert_array_equal(one.proposed.thresholds, two.proposed.thresholds)
    np.testing.assert_array_equal(one.proposed.weights, two.proposed.weights)
    assert one.proposed_outcomes != two.proposed_outcomes


def test_too_few_frauds_are_said() -> None:
    rows = observed(count=300)
    with pytest.raises(PeriodError, match="known frauds"):
        propose(PRESENT, rows, START, JUDGED, END, 10.0)
