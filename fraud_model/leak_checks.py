"""Looks for what a model must not know.

Belongs here: checks that raise. Does not belong here: mending, or loading what is checked. The
checks count again from transactions and reports alone, and share nothing with the SQL that made the
features.
"""

from dataclasses import dataclass

import numpy as np

from fraud_model.examples import (
    MICROSECONDS_PER_DAY,
    Booleans,
    Examples,
    FraudReports,
    History,
    Integers,
    microseconds,
)
from fraud_model.feature_sets import LABEL_DELAY_DAYS
from fraud_model.known_frauds import USUAL_RATIO, WINDOW_DAYS
from fraud_model.periods import Fold
from sentinel.errors import SentinelError

_SAMPLE = 1_000
_WRONG_SHARE = 0.01
_COPIES = 0.98
_WARM_UP_DAYS = 7 + LABEL_DELAY_DAYS
KNOWN_COUNT = f"terminal_known_fraud_count_{WINDOW_DAYS}d"
KNOWN_FIRST = f"terminal_seconds_since_first_known_fraud_{WINDOW_DAYS}d"
KNOWN_USUAL = f"terminal_known_usual_fraud_count_{WINDOW_DAYS}d"
AMOUNT_RATIO = "amount_to_customer_mean_ratio_30d"
_COUNT = "customer_transaction_count_1d"
_RATE = f"terminal_fraud_rate_7d_delay_{LABEL_DELAY_DAYS}d"


class LeakError(SentinelError):
    """Something that a model is shown was not known by then."""


@dataclass(frozen=True)
class PlausibleLimits:
    """Mean figures over the evaluation folds that no honest model of a data set exceeds."""

    auc_roc: float
    card_precision_at_100: float


HANDBOOK_LIMITS = PlausibleLimits(auc_roc=0.90, card_precision_at_100=0.42)
"""About a fifth of the handbook's test frauds carry no label signal under a delay of seven days."""


def check_history(history: History) -> None:
    """Features count what was there at their time, and labels as known then.

    Counts again, for a sample: the customer's transactions of a day, the terminal's known fraud
    rate, and where they are read its known frauds of six weeks. Times that were shuffled, and
    reports from the future, give other numbers.

    Raises:
        LeakError: when more than one in a hundred is another number.
    """
    rows = history.transactions
    warm = rows.times >= rows.times[0] + _WARM_UP_DAYS * MICROSECONDS_PER_DAY
    if not warm.any():
        return
    names = history.features.names
    counted = rows.inputs[:, names.index(_COUNT)]
    rates = rows.inputs[:, names.index(_RATE)]
    sample = _sampled(np.flatnonzero(warm))
    _compare(_COUNT, counted[sample], _counts_of_a_day(rows, sample))
    # Most rates are nought: those that are not say whether a report came too early.
    sample = _sampled(np.flatnonzero(warm & (rates > 0)))
    _compare(_RATE, rates[sample], _known_fraud_rates(rows, history.reports, sample))
    if history.features.reads_known_frauds:
        _check_known_frauds(history)


def _check_known_frauds(history: History) -> None:
    rows, names = history.transactions, history.features.names
    counts = rows.inputs[:, names.index(KNOWN_COUNT)]
    firsts = rows.inputs[:, names.index(KNOWN_FIRST)]
    usual = rows.inputs[:, names.index(KNOWN_USUAL)]
    # Without an earlier payment nothing is unusual.
    is_usual = ~(rows.inputs[:, names.index(AMOUNT_RATIO)] >= USUAL_RATIO)
    warm = rows.times >= rows.times[0] + WINDOW_DAYS * MICROSECONDS_PER_DAY
    # Payments of terminals without any fraud are most; those with say whether one came too early.
    sample = _sampled(np.flatnonzero(warm & (counts > 0)))
    known = _known_terminal_frauds(rows, history.reports, sample, is_usual)
    _compare(KNOWN_COUNT, counts[sample], known[:, 0])
    _compare(KNOWN_FIRST, firsts[sample], known[:, 1])
    _compare(KNOWN_USUAL, usual[sample], known[:, 2])


def check_training_set(training: Examples, fold: Fold, reports: FraudReports, ids: object) -> None:
    """Rows lie in the training period, and each fraud was known before the test period began.

    Args:
        training: what is checked.
        fold: whose it is.
        reports: all that was ever known, by position in the history.
        ids: identifiers of the history's transactions, by position.

    Raises:
        LeakError: for rows of another time, or a label from the future.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    start, end = microseconds(fold.training_start), microseconds(fold.training_end)
    outside = int(((training.times < start) | (training.times >= end)).sum())
    if outside:
        raise LeakError(
            f"{outside:,} training rows are not of {fold.training_start} until before "
            f"{fold.training_end}."
        )
    assert isinstance(ids, pa.Array)
    known = reports.known_at(microseconds(fold.test_start)).transactions
    frauds = training.transaction_ids.filter(pa.array(training.is_fraud))
    unknown = frauds.filter(pc.invert(pc.is_in(frauds, value_set=ids.take(pa.array(known)))))
    if len(unknown):
        raise LeakError(
            f"{len(unknown):,} training labels were not known by {fold.test_start}, the first is "
            f"that of transaction {unknown[0]}."
        )


def check_inputs(training: Examples, names: tuple[str, ...]) -> None:
    """No single input, nor whether it is missing, tells frauds from genuine transactions by itself.

    Raises:
        LeakError: for an input whose AUC ROC is that of a copy of the label.
    """
    from sklearn.metrics import roc_auc_score

    for number, name in enumerate(names):
        values = training.inputs[:, number]
        missing = np.isnan(values)
        # Where a value is missing, the middle one says nothing by itself.
        middle = float(np.median(values[~missing])) if not missing.all() else 0.0
        for what, signal in (
            (name, np.nan_to_num(values, nan=middle)),
            (f"whether {name} is missing", missing.astype(np.float32)),
        ):
            area = float(roc_auc_score(training.is_fraud, signal))
            if max(area, 1 - area) > _COPIES:
                raise LeakError(f"{what} alone has an AUC ROC of {area:.3f}: it copies the label.")


def check_plausible(
    auc_roc: float, card_precision_at_100: float, limits: PlausibleLimits | None
) -> None:
    """Figures over all folds are not better than can be.

    Raises:
        LeakError: when they are; without limits, never.
    """
    if limits is None:
        return
    for what, found, limit in (
        ("AUC ROC", auc_roc, limits.auc_roc),
        ("card precision@100", card_precision_at_100, limits.card_precision_at_100),
    ):
        if found > limit:
            raise LeakError(
                f"A mean {what} of {found:.3f} is above {limit:.2f}, which nothing honest reaches "
                "on this data: a feature or a label knows the future."
            )


def _sampled(positions: Integers) -> Integers:
    if len(positions) <= _SAMPLE:
        return positions
    return np.sort(np.random.default_rng(0).choice(positions, _SAMPLE, replace=False))


def _compare(name: str, stored: np.ndarray, counted: np.ndarray) -> None:
    wrong = int((np.abs(stored - counted) > 1e-6 * np.maximum(1.0, np.abs(counted))).sum())
    if wrong > _WRONG_SHARE * len(stored):
        raise LeakError(
            f"{wrong:,} of {len(stored):,} sampled values of {name} are not what transactions and "
            "reports until then give: it knows more, or its times are not those of the rows."
        )


def _counts_of_a_day(rows: Examples, sample: Integers) -> np.ndarray:
    groups = Groups(rows.customers)
    found = []
    for position in sample:
        same = groups.until(rows.customers[position], position)
        found.append((rows.times[same] > rows.times[position] - MICROSECONDS_PER_DAY).sum())
    return np.array(found, dtype=np.float64)


def _known_fraud_rates(rows: Examples, reports: FraudReports, sample: Integers) -> np.ndarray:
    groups = Groups(rows.terminals)
    found = []
    for position in sample:
        now = rows.times[position]
        end = now - LABEL_DELAY_DAYS * MICROSECONDS_PER_DAY
        same = groups.until(rows.terminals[position], position)
        times = rows.times[same]
        same = same[(times > end - 7 * MICROSECONDS_PER_DAY) & (times <= end)]
        is_known = (reports.known_from <= now) & (reports.known_until > now)
        frauds = np.isin(same, reports.transactions[is_known]).sum()
        found.append(frauds / len(same) if len(same) else 0.0)
    return np.array(found, dtype=np.float64)


def _known_terminal_frauds(
    rows: Examples, reports: FraudReports, sample: Integers, is_usual: Booleans
) -> np.ndarray:
    """Known frauds of six weeks before, seconds since the first of them, and how many of them were
    at usual amounts; 0 without any."""
    order = np.argsort(rows.terminals[reports.transactions], kind="stable")
    terminals = rows.terminals[reports.transactions][order]
    found = []
    for position in sample:
        now = rows.times[position]
        first, after = np.searchsorted(
            terminals, [rows.terminals[position], rows.terminals[position] + 1]
        )
        own = order[first:after]
        times = rows.times[reports.transactions[own]]
        is_known = (reports.known_from[own] <= now) & (reports.known_until[own] > now)
        is_known &= (times < now) & (times > now - WINDOW_DAYS * MICROSECONDS_PER_DAY)
        seconds = (now - times[is_known].min()) / 1e6 if is_known.any() else 0.0
        usual_count = is_usual[reports.transactions[own[is_known]]].sum()
        found.append((is_known.sum(), seconds, usual_count))
    return np.array(found, dtype=np.float64).reshape(-1, 3)


class Groups:
    """Positions of the rows of each customer or terminal, in the order of time."""

    def __init__(self, entities: Integers) -> None:
        self._order = np.argsort(entities, kind="stable")
        self._sorted = entities[self._order]

    def until(self, entity: int, position: int) -> Integers:
        """Positions of an entity's rows up to a position, that one included."""
        first, after = np.searchsorted(self._sorted, [entity, entity + 1])
        positions = self._order[first:after]
        return positions[: np.searchsorted(positions, position, side="right")]
