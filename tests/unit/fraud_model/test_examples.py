"""Training and test sets hold what a date allows, and nothing later."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from fraud_model.examples import MICROSECONDS_PER_DAY, History, microseconds
from fraud_model.feature_sets import feature_set
from fraud_model.periods import Fold, PeriodError, Protocol
from tests.support.fraud_history import FEATURES


def test_a_label_is_learnt_only_if_it_was_known_the_night_before(
    history: History, protocol: Protocol
) -> None:
    fold = protocol.evaluation[0]
    impatient = replace(fold, delay_days=3)
    training = history.training_set(impatient)
    known_by = microseconds(fold.test_start)
    reported = training.times[training.is_fraud] + 7 * MICROSECONDS_PER_DAY
    assert reported.max() < known_by
    # Of the last four days nobody has reported: their frauds are there, as genuine.
    last_days = training.times >= known_by - 7 * MICROSECONDS_PER_DAY
    assert last_days.any()
    assert not training.is_fraud[last_days].any()


def test_a_reversal_takes_a_label_away_from_then_on(history: History, protocol: Protocol) -> None:
    fold = protocol.evaluation[0]
    before = history.training_set(fold)
    position = history.reports.transactions[
        np.isin(history.transactions.times[history.reports.transactions],
                before.times[before.is_fraud])
    ][0]  # fmt: skip
    until = history.reports.known_until.copy()
    of_one = history.reports.transactions == position
    for reversed_on, expected in (
        (fold.test_start + timedelta(days=1), 0),
        (fold.test_start - timedelta(days=1), 1),
    ):
        until[of_one] = microseconds(reversed_on)
        changed = replace(history, reports=replace(history.reports, known_until=until.copy()))
        lost = before.is_fraud.sum() - changed.training_set(fold).is_fraud.sum()
        assert lost == expected


def test_known_defrauded_customers_leave_the_test_period_the_day_after_the_report(
    history: History, protocol: Protocol
) -> None:
    fold = protocol.evaluation[0]
    test = history.test_set(fold)
    rows, reports = history.transactions, history.reports
    for number in range(fold.test_days):
        day = fold.test_start + timedelta(days=number)
        # As published: frauds of the training period, and of the days from its end to eight ago.
        first, last = microseconds(fold.training_start), microseconds(day - timedelta(days=7))
        times = rows.times[reports.transactions]
        known = set(rows.customers[reports.transactions[(times >= first) & (times < last)]])
        of_day = (rows.times >= microseconds(day)) & (
            rows.times < microseconds(day + timedelta(days=1))
        )
        expected = {c for c in rows.customers[of_day] if c not in known}
        found = set(test.customers[test.days == microseconds(day) // MICROSECONDS_PER_DAY])
        assert found == expected
        assert known & set(rows.customers[of_day])


def test_the_content_hash_names_rows_labels_and_features(
    history: History, protocol: Protocol
) -> None:
    training = history.training_set(protocol.evaluation[0])
    same = history.training_set(protocol.evaluation[0])
    assert training.content_hash(FEATURES) == same.content_hash(FEATURES)
    flipped = training.is_fraud.copy()
    flipped[0] = ~flipped[0]
    nudged = training.inputs.copy()
    nudged[0, 0] += 1
    others = {
        replace(training, is_fraud=flipped).content_hash(FEATURES),
        replace(training, inputs=nudged).content_hash(FEATURES),
        training.take(np.arange(len(training) - 1)).content_hash(FEATURES),
        training.content_hash(feature_set("1")),
    }
    assert len(others) == 4
    assert training.content_hash(FEATURES) not in others


def test_a_period_without_frauds_is_an_error(history: History) -> None:
    with pytest.raises(PeriodError, match="Nothing can be learnt"):
        history.training_set(Fold(date(2024, 1, 4)))
