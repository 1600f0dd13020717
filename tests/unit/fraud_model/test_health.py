"""A version that does worse is noticed when the labels say so, and usual weeks raise nothing."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from fraud_model.calibration import learn_calibrated
from fraud_model.candidates import candidate
from fraud_model.evaluation import Plan
from fraud_model.examples import (
    MICROSECONDS_PER_DAY,
    FraudReports,
    History,
    microseconds,
)
from fraud_model.health import (
    ALERT_SHARE,
    METRICS,
    Health,
    clustering,
    health,
    incident_size,
    waiting_days,
)
from fraud_model.periods import Fold
from fraud_model.registry import Version
from tests.support.fraud_history import END, FEATURES, START, fraud_history

FOLD = Fold(START + timedelta(days=28), training_days=14)
"""Trained on the third and fourth week of nine."""
WATCHED = END - timedelta(days=14)
WAIT = 7


@pytest.fixture(scope="module")
def busy() -> History:
    """Enough payments a day for a day to be judged."""
    return fraud_history(seed=2, transactions=16_000)


@pytest.fixture(scope="module")
def version(busy: History) -> Version:
    training = busy.training_set(FOLD)
    plan = Plan(
        candidate("lightgbm"), FEATURES, {**candidate("lightgbm").defaults, "rounds": 30}, 14
    )
    model = learn_calibrated(plan.candidate, training, plan.parameters).model
    return Version(
        "1", plan, model, FOLD, "", 0.3, {"average_precision": 0.9}, training.inputs
    )  # fmt: skip


def unusual(version: Version, history: History) -> list[Health]:
    found = health(version, history, WATCHED, END)
    assert {each.metric for each in found} == set(METRICS)
    return [each for each in found if each.is_out]


def with_inputs_from(history: History, start: date, inputs: np.ndarray) -> History:
    """The same with other inputs from a day on."""
    rows = history.transactions
    is_later = rows.times >= microseconds(start)
    return replace(
        history,
        transactions=replace(rows, inputs=np.where(is_later[:, None], inputs, rows.inputs)),
    )


def test_usual_weeks_raise_nothing(version: Version, busy: History) -> None:
    assert unusual(version, busy) == []


def test_a_week_is_judged_when_its_labels_are_in(version: Version, busy: History) -> None:
    found = health(version, busy, WATCHED, END)
    for each in found:
        assert each.known_on == each.day + timedelta(0 if each.metric == ALERT_SHARE else WAIT)
        assert WATCHED <= each.known_on < END
    trained = {each.trained_value for each in found if each.metric == "average_precision"}
    assert trained == {0.9}


def test_frauds_that_the_model_does_not_see_are_noticed_once_they_are_known(
    version: Version, busy: History
) -> None:
    """From a day on inputs tell nothing of frauds; alerts are as many as before."""
    shift = WATCHED - timedelta(days=WAIT)
    shuffled = np.random.default_rng(0).permutation(busy.transactions.inputs)
    found = unusual(version, with_inputs_from(busy, shift, shuffled))
    assert {"average_precision", "fraud_recall"} <= {each.metric for each in found}
    assert ALERT_SHARE not in {each.metric for each in found}
    assert min(each.known_on for each in found) > shift + timedelta(days=WAIT)


def test_a_flood_of_alerts_is_noticed_on_its_day(version: Version, busy: History) -> None:
    rows = busy.transactions
    larger = rows.inputs.copy()
    larger[:, FEATURES.names.index("reporting_amount")] *= 4
    found = unusual(version, with_inputs_from(busy, END - timedelta(days=1), larger))
    assert [(each.metric, each.day) for each in found] == [(ALERT_SHARE, END - timedelta(days=1))]


def test_a_report_that_came_later_changes_no_week(version: Version, busy: History) -> None:
    """Otherwise old weeks, of which more is known, would be better than new ones."""
    reports, times = busy.reports, busy.transactions.times
    silent = np.setdiff1d(np.arange(len(times)), reports.transactions)[::400]
    late = FraudReports(
        np.append(reports.transactions, silent),
        np.append(reports.known_from, times[silent] + 25 * MICROSECONDS_PER_DAY),
        np.append(reports.known_until, np.full(len(silent), np.iinfo(np.int64).max)),
        np.append(reports.types, np.full(len(silent), "late", dtype=object)),
    )
    found = health(version, replace(busy, reports=late), WATCHED, END)
    assert found == health(version, busy, WATCHED, END)


def test_the_wait_is_what_most_reports_took(busy: History) -> None:
    assert waiting_days(busy, END) == WAIT
    slower = replace(
        busy.reports, known_from=busy.reports.known_from + 4 * MICROSECONDS_PER_DAY
    )  # fmt: skip
    assert waiting_days(replace(busy, reports=slower), END) == WAIT + 4


def test_days_without_a_past_are_not_judged(version: Version, busy: History) -> None:
    first = START + timedelta(days=3)
    assert health(version, busy, START, first) == []


def test_frauds_of_few_incidents_vary_more_than_so_many_frauds() -> None:
    apart, together = np.arange(30), np.repeat([0, 1, 2], 10)
    assert incident_size([apart, apart]) == 1.0
    assert incident_size([apart, together]) == 10.0
    assert incident_size([np.append(np.zeros(9), 1)]) == pytest.approx(8.2)
    assert incident_size([np.empty(0, dtype=np.int64)]) == 1.0


def test_what_is_found_incident_by_incident_is_a_share_of_few() -> None:
    terminals, customers = np.repeat(np.arange(20), 10), np.arange(200)
    by_terminal, by_chance = terminals < 10, customers % 2 == 0
    assert clustering(by_terminal, [customers, terminals]) == pytest.approx(10.0)
    assert clustering(by_chance, [customers, terminals]) == pytest.approx(1.0)
    assert clustering(np.ones(200, dtype=np.bool_), [customers]) == 1.0
    assert clustering(np.ones(0, dtype=np.bool_), [np.empty(0, dtype=np.int64)]) == 1.0
