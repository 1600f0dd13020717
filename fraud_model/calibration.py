"""From raw scores to probabilities.

Belongs here: the one curve that does it. Does not belong here: ordering transactions, which no
calibration changes.
"""

from dataclasses import dataclass

import numpy as np

from fraud_model.candidates import SEED, Candidate, Learnt, Parameters
from fraud_model.examples import Examples, Floats, Inputs

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
    learnt = candidate.learn(training.inputs, training.is_fraud, parameters)
    raw = unseen_raw_scores(candidate, training, parameters)
    return Lesson(CalibratedModel(learnt, fit_calibration(raw, training)), raw)


def unseen_raw_scores(candidate: Candidate, training: Examples, parameters: Parameters) -> Floats:
    """Raw score of each training row by a model that learnt from other customers.

    By customers, because a customer's frauds come in series: by rows, half a series would be known.
    """
    part_of_customer = np.random.default_rng(SEED).integers(0, _PARTS, training.customers.max() + 1)
    parts = part_of_customer[training.customers]
    raw = np.empty(len(training))
    for part in range(_PARTS):
        others, own = parts != part, parts == part
        labels = training.is_fraud[others]
        if not own.any() or not labels.any() or labels.all():
            # Too few frauds to leave any out: such a model is calibrated by what it has seen.
            others = np.ones(len(training), dtype=np.bool_)
        learnt = candidate.learn(training.inputs[others], training.is_fraud[others], parameters)
        raw[own] = learnt.raw_scores(training.inputs[own])
    return raw


def fit_calibration(raw_scores: Floats, training: Examples) -> Calibration:
    """The curve that makes the training labels likeliest.

    Falling curves are refused: where raw scores say nothing, the slope is a small positive number.
    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6, max_iter=1000)
    model.fit(raw_scores[:, None], training.is_fraud)
    return Calibration(max(float(model.coef_[0, 0]), 1e-3), float(model.intercept_[0]))
