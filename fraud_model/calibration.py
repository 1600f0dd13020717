"""From raw scores to probabilities.

Belongs here: the one curve that does it. Does not belong here: ordering transactions, which no
calibration changes.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from fraud_model.candidates import SEED, Candidate, Learnt, Parameters
from fraud_model.examples import Booleans, Examples, Floats, Inputs

_PARTS = 2


@dataclass(frozen=True)
class Calibration:
    """Platt's curve: the probability is the logistic function of slope x raw score + offset.

    J. Platt, *Probabilistic Outputs for Support Vector Machines* (1999). Two numbers, because a
    week has a few hundred frauds and a curve with more freedom would follow their noise; and
    strictly rising, so that no order changes.
    """

    slope: float
    offset: float

    def probabilities(self, raw_scores: Floats) -> Floats:
        """Probabilities of fraud."""
        return 1.0 / (1.0 + np.exp(-(self.slope * raw_scores + self.offset)))


@dataclass(frozen=True)
class CalibratedModel:
    """A model whose scores are probabilities."""

    learnt: Learnt
    calibration: Calibration

    def scores(self, inputs: Inputs) -> Floats:
        """Probability of fraud of each row."""
        return self.calibration.probabilities(self.learnt.raw_scores(inputs))


@dataclass(frozen=True)
class Lesson:
    """A model, and its raw scores of the training rows as if it had not seen them."""

    model: CalibratedModel
    unseen_raw_scores: Floats


def learn_calibrated(candidate: Candidate, training: Examples, parameters: Parameters) -> Lesson:
    """Learns from all examples, and calibrates by scores of models that had not seen them."""
    everything = np.ones(len(training), dtype=np.bool_)
    others, held_out = _parts(training)
    # The largest first, so that none waits for it at the end.
    learnt, *of_others = _learn(candidate, training, parameters, [everything, *others])
    raw = np.empty(len(training))
    for model, own in zip(of_others, held_out, strict=True):
        raw[own] = model.raw_scores(training.inputs[own])
    return Lesson(CalibratedModel(learnt, fit_calibration(raw, training)), raw)


def _parts(training: Examples) -> tuple[list[Booleans], list[Booleans]]:
    """Rows to learn from, and those to be scored by what was learnt, of which these are no part.

    By customers, because a customer's frauds come in series: by rows, half a series would be known.
    """
    part_of_customer = np.random.default_rng(SEED).integers(0, _PARTS, training.customers.max() + 1)
    parts = part_of_customer[training.customers]
    others, held_out = [], []
    for part in range(_PARTS):
        rest, own = parts != part, parts == part
        labels = training.is_fraud[rest]
        if not own.any() or not labels.any() or labels.all():
            # Too few frauds to leave any out: such a model is calibrated by what it has seen.
            rest = np.ones(len(training), dtype=np.bool_)
        others.append(rest)
        held_out.append(own)
    return others, held_out


def _learn(
    candidate: Candidate, training: Examples, parameters: Parameters, rows: Sequence[Booleans]
) -> list[Learnt]:
    """One model of each choice of rows, side by side: each by itself has one thread."""

    def of(chosen: Booleans) -> Learnt:
        return candidate.learn(training.inputs[chosen], training.is_fraud[chosen], parameters)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(of, rows))


def fit_calibration(raw_scores: Floats, training: Examples) -> Calibration:
    """The curve that makes the training labels likeliest.

    Falling curves are refused: where raw scores say nothing, the slope is a small positive number.
    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6, max_iter=1000)
    model.fit(raw_scores[:, None], training.is_fraud)
    return Calibration(max(float(model.coef_[0, 0]), 1e-3), float(model.intercept_[0]))
