"""Whether days are still like those that a model learnt from.

Belongs here: distances of distributions, and their limits. Does not belong here: what follows from
them; the retrain sensor asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
from scipy.stats import ks_2samp

from fraud_model.examples import Examples, Floats, Inputs, load_history
from fraud_model.limits import BEYOND_EXTREMES, HISTORY, day_limits
from fraud_model.model_log import write
from fraud_model.registry import Version
from fraud_model.scoring import score
from fraud_model.warehouse import Warehouse

SCORE = "fraud_probability"
_BINS = 10
LEAST_ROWS = 200
"""Of a day: fewer say nothing about a distribution."""
_LEAST_SHARE = 1e-4
_COMPANY = 3
_BEYOND_ALONE = 8.0
_Distances = tuple[float, float]
"""Stability index, and the distance of Kolmogorov and Smirnov."""


@dataclass(frozen=True)
class Drift:
    """One input, or the score, on one day.

    Attributes:
        stability_index: population stability index over tenths of the reference, and one bin for
            missing values.
        distance: of Kolmogorov and Smirnov, over all values that are there.
        index_limit: what the index may be by those of the days before, beginning with the training
            period's own: a Sunday is no drift when there were Sundays before.
        distance_limit: likewise.
    """

    input_name: str
    day: date
    transactions: int
    stability_index: float
    distance: float
    index_limit: float
    distance_limit: float

    @property
    def is_drifted(self) -> bool:
        """Both measures are above their limits: one alone is often a matter of bins."""
        return self.stability_index > self.index_limit and self.distance > self.distance_limit


def monitor(warehouse: Warehouse, version: Version, start: date, end: date) -> list[Drift]:
    """Compares each day with the version's training period, and writes it down.

    Args:
        warehouse: where features are read and distances written.
        version: the model.
        start: first day that is compared.
        end: first day after the last.
    """
    trained = version.training
    usual = load_history(
        warehouse, version.plan.features, trained.training_start, trained.training_end
    ).transactions
    # Limits follow the days since training; those of the stretch alone are news.
    since = max(trained.training_end, start - timedelta(days=HISTORY))
    looked_at = load_history(warehouse, version.plan.features, min(since, start), end).transactions
    found = [each for each in drift(version, usual, looked_at) if each.day >= start]
    if found:
        _write(warehouse, version, found)
    return found


def drift(version: Version, usual: Examples, looked_at: Examples) -> list[Drift]:
    """Every input and the score, on each day with enough transactions.

    A day's limits are those of the series before it: of the training period's days, and then of the
    days looked at that were as usual. Without seven such days nothing is compared.

    They are four deviations wide where three inputs or more are beyond that on the same day, and
    eight where fewer are: of forty inputs on thirty days, one is now and then beyond four by
    chance, and a change of what customers do moves many.
    """
    reference, old, new = (
        _with_score(version, inputs)
        for inputs in (version.reference, usual.inputs, looked_at.inputs)
    )
    names = (*version.plan.features.names, SCORE)
    before = {
        name: [
            _distances(reference[:, number], old[usual.days == day, number])
            for day in _days(usual)
        ]
        for number, name in enumerate(names)
    }  # fmt: skip
    found: list[Drift] = []
    for day in _days(looked_at):
        of_day = new[looked_at.days == day]
        measured = {
            name: _distances(reference[:, number], of_day[:, number])
            for number, name in enumerate(names)
        }
        narrow = _compared(day, len(of_day), measured, before, BEYOND_EXTREMES)
        beyond = {each.input_name for each in narrow if each.is_drifted}
        found += (
            narrow
            if len(beyond) >= _COMPANY
            else _compared(day, len(of_day), measured, before, _BEYOND_ALONE)
        )
        for name in measured.keys() - beyond:
            before[name].append(measured[name])
    return found


def stability_index(reference: Floats, values: Floats) -> float:
    """Population stability index: sum of (new - old share) x log(new share / old share).

    Bins are tenths of the reference; missing values have a bin of their own.
    """
    present = reference[~np.isnan(reference)]
    inner = np.linspace(0, 1, _BINS + 1)[1:-1]
    edges = np.unique(np.quantile(present, inner)) if len(present) else np.empty(0)
    old, new = _shares(reference, edges), _shares(values, edges)
    return float(np.sum((new - old) * np.log(new / old)))


def smirnov_distance(reference: Floats, values: Floats) -> float:
    """Greatest distance of the two distribution functions; 0 where either has no values."""
    left, right = reference[~np.isnan(reference)], values[~np.isnan(values)]
    if not len(left) or not len(right):
        return 0.0
    # Of the test only the distance is wanted: with so many rows every difference is significant.
    return float(ks_2samp(left, right, method="asymp").statistic)


def _compared(
    day: int,
    transactions: int,
    measured: Mapping[str, _Distances],
    before: Mapping[str, Sequence[_Distances]],
    deviations: float,
) -> list[Drift]:
    """The day's inputs that have a series before them, with limits so wide."""
    found = []
    for name, (index, distance) in measured.items():
        bounds = [
            day_limits(series, deviations=deviations)
            for series in zip(*before[name], strict=True)
        ]  # fmt: skip
        if bounds and all(bounds):
            index_limit, distance_limit = (each.upper for each in bounds if each)
            found.append(
                Drift(
                    name, date(1970, 1, 1) + timedelta(days=day), transactions, index, distance,
                    index_limit, distance_limit,
                )
            )  # fmt: skip
    return found


def _distances(reference: Floats, values: Floats) -> _Distances:
    return stability_index(reference, values), smirnov_distance(reference, values)


def _shares(values: Floats, edges: Floats) -> Floats:
    is_missing = np.isnan(values)
    bins = np.searchsorted(edges, values[~is_missing], side="left")
    counts = np.append(np.bincount(bins, minlength=len(edges) + 1), is_missing.sum())
    shares: Floats = np.maximum(counts / max(len(values), 1), _LEAST_SHARE)
    return shares


def _with_score(version: Version, inputs: Inputs) -> Floats:
    return np.column_stack([inputs.astype(np.float64), score(version, inputs)])


def _days(rows: Examples) -> list[int]:
    days, counts = np.unique(rows.days, return_counts=True)
    return [int(day) for day in days[counts >= LEAST_ROWS]]


def _write(warehouse: Warehouse, version: Version, found: list[Drift]) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    write(warehouse, "drift", pa.table({
        "model_version": [version.number] * len(found),
        "input_name": [each.input_name for each in found],
        "transaction_count": [each.transactions for each in found],
        "population_stability_index": [each.stability_index for each in found],
        "kolmogorov_smirnov_distance": [each.distance for each in found],
        "stability_limit": [each.index_limit for each in found],
        "distance_limit": [each.distance_limit for each in found],
        "is_drifted": [each.is_drifted for each in found],
        "monitored_date": [each.day for each in found],
        "monitored_at": pa.array([now] * len(found), type=pa.timestamp("us")),
    }))  # fmt: skip
