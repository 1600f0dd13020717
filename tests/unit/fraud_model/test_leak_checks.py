"""The leak checks raise for each kind of leak, and for nothing honest."""

from dataclasses import replace

import numpy as np
import pytest

from fraud_model.evaluation import checked_training_set
from fraud_model.examples import MICROSECONDS_PER_DAY, Examples, History
from fraud_model.feature_sets import FeatureSet, Input
from fraud_model.known_frauds import WINDOW_DAYS
from fraud_model.leak_checks import (
    AMOUNT_RATIO,
    HANDBOOK_LIMITS,
    KNOWN_COUNT,
    KNOWN_FIRST,
    KNOWN_USUAL,
    LeakError,
    check_history,
    check_inputs,
    check_plausible,
    check_training_set,
)
from fraud_model.periods import Protocol
from tests.support.fraud_history import COUNT, FEATURES, RATE


def with_input(history: History, name: str, values: np.ndarray) -> History:
    """The same history with one input's values replaced."""
    inputs = history.transactions.inputs.copy()
    inputs[:, FEATURES.names.index(name)] = values
    return replace(history, transactions=replace(history.transactions, inputs=inputs))


def check_rows(history: History, training: Examples, protocol: Protocol) -> None:
    check_training_set(
        training, protocol.evaluation[0], history.reports, history.transactions.transaction_ids
    )


def test_an_honest_history_passes(history: History, protocol: Protocol) -> None:
    check_history(history)
    assert len(checked_training_set(history, protocol.evaluation[0]))


def test_shuffled_times_are_found(history: History) -> None:
    rows = history.transactions
    shuffled = np.random.default_rng(0).permutation(rows.inputs[:, FEATURES.names.index(COUNT)])
    with pytest.raises(LeakError, match=COUNT):
        check_history(with_input(history, COUNT, shuffled))


def test_a_rate_that_knows_reports_from_the_future_is_found(history: History) -> None:
    """The frauds of a day ago, which will only be reported in six."""
    rows, reports = history.transactions, history.reports
    is_fraud = np.zeros(len(rows), dtype=np.bool_)
    is_fraud[reports.transactions] = True
    early = []
    for row, time in enumerate(rows.times):
        inside = (rows.terminals == rows.terminals[row]) & (rows.times <= time)
        inside &= rows.times > time - 7 * MICROSECONDS_PER_DAY
        early.append(is_fraud[inside].mean())
    with pytest.raises(LeakError, match=RATE):
        check_history(with_input(history, RATE, np.array(early)))


def test_a_label_from_the_future_is_found(history: History, protocol: Protocol) -> None:
    training = history.training_set(protocol.evaluation[0])
    labels = training.is_fraud.copy()
    labels[np.flatnonzero(~labels)[:1]] = True
    with pytest.raises(LeakError, match="1 training labels were not known"):
        check_rows(history, replace(training, is_fraud=labels), protocol)


def test_rows_of_another_time_are_found(history: History, protocol: Protocol) -> None:
    training = history.training_set(protocol.evaluation[0])
    later = training.times + 8 * MICROSECONDS_PER_DAY
    with pytest.raises(LeakError, match="training rows are not of"):
        check_rows(history, replace(training, times=later), protocol)


@pytest.mark.parametrize("sign", [1, -1])
def test_an_input_that_copies_the_label_is_found(
    history: History, protocol: Protocol, sign: int
) -> None:
    training = history.training_set(protocol.evaluation[0])
    inputs = training.inputs.copy()
    noise = np.random.default_rng(0).random(len(training)) * 0.1
    inputs[:, 3] = sign * training.is_fraud + noise
    with pytest.raises(LeakError, match=FEATURES.names[3]):
        check_inputs(replace(training, inputs=inputs), FEATURES.names)


def test_an_input_that_is_missing_only_for_frauds_is_found(
    history: History, protocol: Protocol
) -> None:
    training = history.training_set(protocol.evaluation[0])
    inputs = training.inputs.copy()
    inputs[training.is_fraud, 3] = np.nan
    with pytest.raises(LeakError, match="missing"):
        check_inputs(replace(training, inputs=inputs), FEATURES.names)


@pytest.mark.parametrize(
    ("auc", "precision", "told"), [(0.91, 0.30, "AUC ROC"), (0.88, 0.43, "card precision")]
)
def test_figures_that_are_too_good_are_refused(auc: float, precision: float, told: str) -> None:
    with pytest.raises(LeakError, match=told):
        check_plausible(auc, precision, HANDBOOK_LIMITS)
    check_plausible(0.90, 0.42, HANDBOOK_LIMITS)
    check_plausible(auc, precision, None)


def with_known_frauds(history: History, delay_days: int) -> History:
    """The terminal's frauds of six weeks, as known so many days after they happened; by loops."""
    rows, reports = history.transactions, history.reports
    is_fraud = np.zeros(len(rows), dtype=np.bool_)
    is_fraud[reports.transactions] = True
    ratios = np.where(rows.amounts > 220, 5.0, np.nan)
    counts, firsts, usual = [], [], []
    for row, time in enumerate(rows.times):
        known = is_fraud & (rows.terminals == rows.terminals[row])
        known &= (rows.times <= time - delay_days * MICROSECONDS_PER_DAY) & (rows.times < time)
        known &= rows.times > time - WINDOW_DAYS * MICROSECONDS_PER_DAY
        counts.append(known.sum())
        firsts.append((time - rows.times[known][0]) / 1e6 if known.any() else np.nan)
        usual.append((known & (rows.amounts <= 220)).sum())
    names = (KNOWN_COUNT, KNOWN_FIRST, KNOWN_USUAL, AMOUNT_RATIO)
    inputs = np.column_stack([rows.inputs, counts, firsts, usual, ratios]).astype(np.float32)
    features = FeatureSet(
        "known", (*FEATURES.inputs, *(Input(name, name, name) for name in names)),
        reads_known_frauds=True,
    )  # fmt: skip
    return replace(history, features=features, transactions=replace(rows, inputs=inputs))


def test_known_frauds_that_were_known_pass(history: History) -> None:
    check_history(with_known_frauds(history, delay_days=7))


def test_frauds_at_unusual_amounts_do_not_count_as_usual(history: History) -> None:
    known = with_known_frauds(history, delay_days=7)
    usual = known.features.names.index(KNOWN_USUAL)
    inputs = known.transactions.inputs.copy()
    inputs[:, usual] = inputs[:, known.features.names.index(KNOWN_COUNT)]
    with pytest.raises(LeakError, match=KNOWN_USUAL):
        check_history(replace(known, transactions=replace(known.transactions, inputs=inputs)))


def test_known_frauds_that_nobody_had_reported_are_found(history: History) -> None:
    with pytest.raises(LeakError, match=KNOWN_COUNT):
        check_history(with_known_frauds(history, delay_days=5))
