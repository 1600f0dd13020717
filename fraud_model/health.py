"""Whether a version still does what it did: alerts of each day, and hits once labels are in.

Belongs here: figures of a version in use, day by day, and their limits. Does not belong here:
whether the payments are still like those it learnt from; see `monitoring`.

Labels come late, and for weeks more of them. A week is judged by what is known so many days after
its last day, whether it was last week or last year: of all weeks the same share of frauds is known
then, so that they can be compared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from fraud_model.examples import (
    MICROSECONDS_PER_DAY,
    Booleans,
    Floats,
    History,
    Integers,
    load_history,
    microseconds,
)
from fraud_model.feature_sets import LABEL_DELAY_DAYS
from fraud_model.limits import HISTORY, Limits, day_limits, week_limits
from fraud_model.metrics import calibration_error
from fraud_model.model_log import write
from fraud_model.periods import WEEK_DAYS
from fraud_model.registry import Version
from fraud_model.scoring import alert_thresholds, score
from fraud_model.warehouse import Warehouse

ALERT_SHARE = "alert_share"
LEAST_ROWS = 200
LEAST_FRAUDS = 10
"""Known frauds of a week: of fewer, shares say nothing."""
_KNOWN_SHARE = 0.8
_LEAST_REPORTS = 50
_LONGEST_WAIT_DAYS = 28
_BEFORE = HISTORY + 2 * WEEK_DAYS
_UP, _DOWN, _BOTH = "up", "down", "both"
METRICS = {
    ALERT_SHARE: _BOTH,
    "average_precision": _DOWN,
    "alert_precision": _DOWN,
    "fraud_recall": _DOWN,
    "calibration_error": _UP,
    "known_to_expected_fraud_ratio": _BOTH,
}
"""Each metric, and where it gets worse: more precision than usual is no trouble."""


@dataclass(frozen=True)
class Health:
    """One metric of a version on one day, or of the week that ends with it.

    Attributes:
        metric: its name.
        day: the day, or the last day of the week.
        known_on: last day whose reports count; the day itself where no label is needed.
        transactions: payments that it is about.
        value: what it was.
        usual: what it could be, by the series before it.
        trained_value: mean of the same metric over the weeks that judged the version before it was
            used; None where there is none.
    """

    metric: str
    day: date
    known_on: date
    transactions: int
    value: float
    usual: Limits
    trained_value: float | None

    @property
    def is_out(self) -> bool:
        """Whether it is worse than usual."""
        return not self.usual.holds(self.value)


def check_health(warehouse: Warehouse, version: Version, start: date, end: date) -> list[Health]:
    """Judges what became known in a stretch of days, and writes it down.

    Args:
        warehouse: where features and labels are read, and figures written.
        version: the model.
        start: first day of which alerts are counted, and whose reports are news.
        end: first day after the last.
    """
    before = start - timedelta(days=_BEFORE + _LONGEST_WAIT_DAYS)
    first = min(before, version.training.training_start - timedelta(days=_BEFORE))
    history = load_history(warehouse, version.plan.features, first, end)
    thresholds = alert_thresholds(warehouse, version, history)
    found = health(version, history, start, end, thresholds)
    if found:
        _write(warehouse, version, found)
    return found


def health(
    version: Version, history: History, start: date, end: date, thresholds: Floats | None = None
) -> list[Health]:
    """Figures of a version for the days of a stretch, and for the weeks whose labels came in then.

    Days that the version learnt from do not count: it knows their answers.

    Args:
        version: the model.
        history: payments and reports until the end of the stretch, and of weeks before it.
        start: first day.
        end: first day after the last.
        thresholds: where alerts begin, for each payment of the history; the version's if not given.
    """
    if thresholds is None:
        thresholds = np.full(len(history.transactions), version.threshold)
    watched = _Watched.of(version, history, thresholds)
    found = _judged(version, ALERT_SHARE, list(watched.alert_shares(end)), start, end)
    wait = waiting_days(history, end)
    weeks = list(watched.weeks(end, wait))
    for metric in METRICS:
        if metric != ALERT_SHARE:
            series = [(day, known, count, *found[metric]) for day, known, count, found in weeks]
            found += _judged(version, metric, series, start, end)
    return found


def waiting_days(history: History, end: date) -> int:
    """Days after which four fifths of all frauds are known that ever will be, 28 at most.

    Of old payments only: of new ones the late reports are still to come. With fewer than 50 reports
    it is the label delay of the features.
    """
    is_before = history.reports.known_from < microseconds(end)
    positions = history.reports.transactions[is_before]
    waited = history.reports.known_from[is_before] - history.transactions.times[positions]
    old = history.transactions.times[positions] < microseconds(
        end - timedelta(days=_LONGEST_WAIT_DAYS)
    )
    # A fraud that was reported twice became known by the first report.
    order = np.argsort(waited[old], kind="stable")
    _, first = np.unique(positions[old][order], return_index=True)
    if len(first) < _LEAST_REPORTS:
        return LABEL_DELAY_DAYS
    days = np.quantile(waited[old][order][first], _KNOWN_SHARE) / MICROSECONDS_PER_DAY
    return int(np.clip(np.ceil(days), 1, _LONGEST_WAIT_DAYS))


_Figures = dict[str, tuple[float, float]]
"""Value and noise of counting of each metric of a week."""
_Point = tuple[date, date, int, float, float]
"""Day, last day whose reports count, payments, value, noise of counting."""


@dataclass(frozen=True)
class _Watched:
    """Payments that a version has not learnt from, with what it says about them."""

    history: History
    times: np.ndarray
    positions: np.ndarray
    scores: Floats
    is_alerted: Booleans
    trained: tuple[date, date]

    @classmethod
    def of(cls, version: Version, history: History, thresholds: Floats) -> "_Watched":
        trained = version.training.training_start, version.training.training_end
        times = history.transactions.times
        is_new = (times < microseconds(trained[0])) | (times >= microseconds(trained[1]))
        positions = np.flatnonzero(is_new)
        scores = score(version, history.transactions.inputs[positions])
        return cls(
            history, times[positions], positions, scores, scores >= thresholds[positions], trained
        )

    def alert_shares(self, end: date) -> Iterator[_Point]:
        for day in self._days(end):
            rows = self._rows(day, 1)
            count = rows.stop - rows.start
            if count >= LEAST_ROWS:
                share = float(self.is_alerted[rows].mean())
                yield day, day, count, share, _noise(share, count)

    def weeks(self, end: date, wait: int) -> Iterator[tuple[date, date, int, _Figures]]:
        """Every week that is known well enough before the end and not learnt from in part."""
        for day in self._days(end - timedelta(days=wait)):
            rows = self._rows(day, WEEK_DAYS)
            first, known_on = day - timedelta(days=WEEK_DAYS - 1), day + timedelta(days=wait)
            if first < self.trained[1] and day >= self.trained[0]:
                continue
            is_fraud = self._known(rows, known_on)
            if rows.stop - rows.start >= LEAST_ROWS and is_fraud.sum() >= LEAST_FRAUDS:
                chosen = self.history.transactions.take(self.positions[rows])
                values = _figures(
                    is_fraud, self.scores[rows], self.is_alerted[rows],
                    (chosen.customers, chosen.terminals),
                )  # fmt: skip
                yield day, known_on, rows.stop - rows.start, values

    def _days(self, end: date) -> list[date]:
        if not len(self.times):
            return []
        first = date(1970, 1, 1) + timedelta(days=int(self.times[0] // MICROSECONDS_PER_DAY))
        return [first + timedelta(days=number) for number in range(max((end - first).days, 0))]

    def _rows(self, last: date, days: int) -> slice:
        bounds = (microseconds(last + timedelta(days=1 - days)), microseconds(last + timedelta(1)))
        start, stop = np.searchsorted(self.times, bounds, side="left")
        return slice(int(start), int(stop))

    def _known(self, rows: slice, known_on: date) -> Booleans:
        known = self.history.reports.known_at(microseconds(known_on + timedelta(days=1)))
        return np.isin(self.positions[rows], known.transactions)


def _figures(
    is_fraud: Booleans, scores: Floats, is_alerted: Booleans, parties: Sequence[Integers]
) -> _Figures:
    from sklearn.metrics import average_precision_score

    frauds, alerts = float(is_fraud.sum()), float(is_alerted.sum())
    hits, expected = float((is_fraud & is_alerted).sum()), float(scores.sum())
    ordered = float(average_precision_score(is_fraud, scores))
    # Without any alert none was wrong, and no fraud was found: recall says so.
    precision, recall = hits / alerts if alerts else 1.0, hits / frauds
    found = clustering(is_alerted[is_fraud], [each[is_fraud] for each in parties])
    right = clustering(is_fraud[is_alerted], [each[is_alerted] for each in parties])
    in_incidents = incident_size([each[is_fraud] for each in parties])
    return {
        "average_precision": (ordered, _noise(ordered, frauds / found)),
        "alert_precision": (precision, _noise(precision, alerts / right)),
        "fraud_recall": (recall, _noise(recall, frauds / found)),
        "calibration_error": (
            calibration_error(is_fraud, scores),
            _noise(frauds / len(scores), len(scores) / in_incidents),
        ),
        "known_to_expected_fraud_ratio": (
            frauds / expected, float(np.sqrt(frauds * in_incidents)) / expected
        ),
    }  # fmt: skip


def incident_size(parties: Sequence[Integers]) -> float:
    """Frauds of the incident that a fraud belongs to, on average over frauds.

    Frauds at a terminal that was tampered with, and those of a card that was stolen, come together
    or not at all: the number of frauds varies so many times as much as the number of incidents.

    Args:
        parties: for each kind of party, its number for each fraud.

    Returns:
        By the kind of party with the larger incidents; 1 of no frauds.
    """
    sizes = [np.unique(each, return_counts=True)[1].astype(np.float64) for each in parties]
    return max([1.0, *(float((each**2).sum() / each.sum()) for each in sizes if len(each))])


def clustering(is_so: Booleans, parties: Sequence[Integers]) -> float:
    """How many times the variance of a share is what it were, if each payment was by chance.

    The frauds of one incident are found together, or missed. This is the design effect (Kish,
    *Survey Sampling*, 1965), with the variance between clusters as they were.

    Args:
        is_so: of each payment.
        parties: for each kind of party, its number for each payment.

    Returns:
        By the kind of party that explains more; 1 where all payments are alike.
    """
    rest = is_so - is_so.mean() if len(is_so) else np.empty(0)
    alone = float((rest**2).sum())
    if not alone:
        return 1.0
    together = [float((np.bincount(each, rest) ** 2).sum()) for each in parties]
    return max(1.0, *(each / alone for each in together))


def _noise(share: float, count: float) -> float:
    """Standard deviation of a share of so many; of none and of all it is not nought.

    Agresti and Coull, *Approximate Is Better than Exact for Interval Estimation of Binomial
    Proportions* (1998): two hits and two misses more.
    """
    supposed = (share * count + 2) / (count + 4)
    return float(np.sqrt(supposed * (1 - supposed) / (count + 4)))


def _judged(
    version: Version, metric: str, series: Sequence[_Point], start: date, end: date
) -> list[Health]:
    """The points that became known in the stretch, each by those before it that were as usual.

    Weeks overlap: one is compared with those that share no day with it.
    """
    apart = 1 if metric == ALERT_SHARE else WEEK_DAYS
    usual: list[tuple[date, float]] = []
    found = []
    for day, known_on, transactions, value, noise in series:
        before = [each for at, each in usual if at <= day - timedelta(days=apart)]
        bounds = (day_limits if metric == ALERT_SHARE else week_limits)(before, noise)
        judged = (
            Health(
                metric, day, known_on, transactions, value, _one_sided(bounds, METRICS[metric]),
                version.metrics.get(metric),
            )
            if bounds
            else None
        )  # fmt: skip
        if judged is None or not judged.is_out:
            usual.append((day, value))
        if judged and start <= known_on < end:
            found.append(judged)
    return found


def _one_sided(bounds: Limits, worse: str) -> Limits:
    return Limits(
        bounds.lower if worse != _UP else -np.inf, bounds.upper if worse != _DOWN else np.inf
    )


def _write(warehouse: Warehouse, version: Version, found: list[Health]) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    write(warehouse, "health", pa.table({
        "model_version": [version.number] * len(found),
        "metric_name": [each.metric for each in found],
        "transaction_count": [each.transactions for each in found],
        "metric_value": [each.value for each in found],
        "lower_limit": _finite([each.usual.lower for each in found]),
        "upper_limit": _finite([each.usual.upper for each in found]),
        "trained_value": pa.array([each.trained_value for each in found], type=pa.float64()),
        "is_out_of_limits": [each.is_out for each in found],
        "monitored_date": [each.day for each in found],
        "labels_known_date": [each.known_on for each in found],
        "monitored_at": pa.array([now] * len(found), type=pa.timestamp("us")),
    }))  # fmt: skip


def _finite(values: list[float]) -> pa.Array:
    """Null where there is no limit."""
    return pa.array([value if np.isfinite(value) else None for value in values], type=pa.float64())
