"""The kinds of models there are, and one that has learnt.

Belongs here: what each library is told, its parameters and their ranges, raw scores and what each
input contributed to them. Does not belong here: choosing parameters, and probabilities; see
`tuning` and `calibration`.

Raw scores are log-odds up to calibration: any real number, higher is more suspicious.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from fraud_model.examples import Booleans, Floats, Inputs
from sentinel.errors import SettingsError

SEED = 20180725
"""Of everything random in training: same data, same parameters, same machine, same model."""
THREADS = 1
"""Of one model. Trees of a week are grown no faster by two, and much slower beside other work."""
_ALL_THREADS, _MANY_ROWS = 0, 10_000
_GENUINE_DAYS = 14

Parameters = Mapping[str, float | int | str]


class Learnt(Protocol):
    """A model that has learnt."""

    def raw_scores(self, inputs: Inputs) -> Floats:
        """Log-odds of each row, up to calibration."""
        ...

    def contributions(self, inputs: Inputs) -> Floats:
        """What each input adds to the raw score of each row: rows by inputs, and the base last."""
        ...


@dataclass(frozen=True)
class Candidate:
    """One kind of model.

    Attributes:
        name: as the command line calls it.
        title: as people read it.
        learn: inputs, labels and parameters to a model.
        defaults: parameters where none were chosen.
        ranges: values of each parameter that may be chosen.
    """

    name: str
    title: str
    learn: Callable[[Inputs, Booleans, Parameters], Learnt]
    defaults: Parameters
    ranges: Mapping[str, tuple[float | int | str, ...]] = field(default_factory=dict)

    def for_days(self, training_days: int) -> "Candidate":
        """The same with the share of genuine rows that makes long training periods affordable."""
        if "genuine_share" not in self.defaults:
            return self
        share = min(1.0, _GENUINE_DAYS / training_days)
        return replace(self, defaults={**self.defaults, "genuine_share": share})


@dataclass(frozen=True)
class LogisticModel:
    """Logistic regression on standardised inputs; a missing input counts as the mean."""

    means: Floats
    scales: Floats
    weights: Floats
    intercept: float

    def raw_scores(self, inputs: Inputs) -> Floats:
        """Log-odds."""
        return np.asarray(self._standardised(inputs) @ self.weights + self.intercept)

    def contributions(self, inputs: Inputs) -> Floats:
        """Weight times standardised input: Shapley values of a linear model, inputs independent."""
        parts = self._standardised(inputs) * self.weights
        return np.column_stack([parts, np.full(len(inputs), self.intercept)])

    def _standardised(self, inputs: Inputs) -> Floats:
        return np.nan_to_num((inputs - self.means) / self.scales, nan=0.0)


@dataclass(frozen=True)
class LightGbmModel:
    """Boosted trees by LightGBM."""

    native: Any

    def raw_scores(self, inputs: Inputs) -> Floats:
        """Log-odds."""
        # Each row's score is the same whoever counts it; one row by itself only waits for threads.
        threads = _ALL_THREADS if len(inputs) >= _MANY_ROWS else THREADS
        return np.asarray(self.native.predict(inputs, raw_score=True, num_threads=threads))

    def contributions(self, inputs: Inputs) -> Floats:
        """Shapley values of trees (Lundberg et al. 2020), by the library."""
        return np.asarray(self.native.predict(inputs, pred_contrib=True, num_threads=THREADS))


@dataclass(frozen=True)
class XgboostModel:
    """Boosted trees by XGBoost."""

    native: Any

    def raw_scores(self, inputs: Inputs) -> Floats:
        """Log-odds."""
        margins = self.native.inplace_predict(inputs, predict_type="margin")
        return np.asarray(margins, dtype=np.float64)

    def contributions(self, inputs: Inputs) -> Floats:
        """Shapley values of trees (Lundberg et al. 2020), by the library."""
        import xgboost

        found = self.native.predict(xgboost.DMatrix(inputs), pred_contribs=True)
        return np.asarray(found, dtype=np.float64)


def learn_logistic(inputs: Inputs, is_fraud: Booleans, parameters: Parameters) -> LogisticModel:
    """Fits a logistic regression."""
    from sklearn.linear_model import LogisticRegression

    values = inputs.astype(np.float64)
    means, scales = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    scales = np.where(scales > 0, scales, 1.0)
    weight = float(parameters.get("fraud_weight", 1.0))
    model = LogisticRegression(
        C=float(parameters["inverse_penalty"]), max_iter=1000, random_state=SEED,
        class_weight={False: 1.0, True: weight},
    )  # fmt: skip
    model.fit(np.nan_to_num((values - means) / scales, nan=0.0), is_fraud)
    return LogisticModel(means, scales, model.coef_[0], float(model.intercept_[0]))


def learn_lightgbm(inputs: Inputs, is_fraud: Booleans, parameters: Parameters) -> LightGbmModel:
    """Grows trees with LightGBM, bit for bit the same each time."""
    import lightgbm

    told = dict(parameters)
    rounds = int(told.pop("rounds"))
    inputs, is_fraud = fewer_genuine(inputs, is_fraud, float(told.pop("genuine_share", 1.0)))
    settings = {
        "objective": "binary", "verbosity": -1, "seed": SEED, "num_threads": THREADS,
        "deterministic": True, "force_row_wise": True, "feature_pre_filter": False,
        "scale_pos_weight": told.pop("fraud_weight", 1.0), **told,
    }  # fmt: skip
    rows = lightgbm.Dataset(inputs, label=is_fraud.astype(np.float64), free_raw_data=True)
    return LightGbmModel(lightgbm.train(settings, rows, num_boost_round=rounds))


def learn_xgboost(inputs: Inputs, is_fraud: Booleans, parameters: Parameters) -> XgboostModel:
    """Grows trees with XGBoost, bit for bit the same each time."""
    import xgboost

    told = dict(parameters)
    rounds = int(told.pop("rounds"))
    inputs, is_fraud = fewer_genuine(inputs, is_fraud, float(told.pop("genuine_share", 1.0)))
    settings = {
        "objective": "binary:logistic", "seed": SEED, "nthread": THREADS, "base_score": 0.5,
        "scale_pos_weight": told.pop("fraud_weight", 1.0), **told,
    }  # fmt: skip
    rows = xgboost.DMatrix(inputs, label=is_fraud.astype(np.float32))
    return XgboostModel(xgboost.train(settings, rows, num_boost_round=rounds))


def fewer_genuine(inputs: Inputs, is_fraud: Booleans, share: float) -> tuple[Inputs, Booleans]:
    """All frauds, and a share of the genuine rows: months are learnt from at the cost of weeks.

    One transaction in a hundred is fraud, so most genuine rows say nothing new. Raw scores move by
    a constant, which calibration takes back: it looks at all rows.
    """
    if share >= 1:
        return inputs, is_fraud
    kept = is_fraud | (np.random.default_rng(SEED).random(len(is_fraud)) < share)
    return inputs[kept], is_fraud[kept]


LOGISTIC_REGRESSION = Candidate(
    "logistic_regression", "Logistic regression", learn_logistic,
    defaults={"inverse_penalty": 1.0},
    ranges={"inverse_penalty": (0.01, 0.1, 1.0, 10.0), "fraud_weight": (1.0, 5.0, 20.0)},
)  # fmt: skip

LIGHTGBM = Candidate(
    "lightgbm", "LightGBM", learn_lightgbm,
    defaults={
        "rounds": 200, "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 20,
        "feature_fraction": 0.6, "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0,
        "fraud_weight": 1.0, "genuine_share": 1.0,
    },
    ranges={
        "rounds": (100, 200, 300, 400), "learning_rate": (0.02, 0.03, 0.05, 0.1),
        "num_leaves": (7, 15, 31), "min_data_in_leaf": (5, 10, 20, 50),
        "feature_fraction": (0.4, 0.6, 0.8), "bagging_fraction": (0.6, 0.8, 1.0),
        "lambda_l2": (0.0, 1.0, 5.0, 20.0), "fraud_weight": (1.0, 3.0, 10.0),
    },
)  # fmt: skip

XGBOOST = Candidate(
    "xgboost", "XGBoost", learn_xgboost,
    defaults={
        "rounds": 200, "eta": 0.05, "max_depth": 5, "min_child_weight": 2.0,
        "colsample_bynode": 0.6, "subsample": 0.8, "lambda": 5.0, "tree_method": "hist",
        "fraud_weight": 1.0, "genuine_share": 1.0,
    },
    ranges={
        "rounds": (100, 200, 300, 400), "eta": (0.02, 0.03, 0.05, 0.1),
        "max_depth": (3, 4, 5, 6), "min_child_weight": (1.0, 2.0, 5.0),
        "colsample_bynode": (0.4, 0.6, 0.8), "subsample": (0.6, 0.8, 1.0),
        "lambda": (1.0, 5.0, 20.0), "fraud_weight": (1.0, 3.0, 10.0),
    },
)  # fmt: skip

CANDIDATES = {each.name: each for each in (LOGISTIC_REGRESSION, LIGHTGBM, XGBOOST)}

PUBLISHED_PARAMETERS: dict[str, Parameters] = {
    "logistic_regression": {"inverse_penalty": 1.0},
    # The library's defaults when the figures were published.
    "xgboost": {"rounds": 100, "eta": 0.3, "max_depth": 6, "tree_method": "exact"},
}
"""Parameters of the handbook's baseline (chapter 3), by candidate."""


def candidate(name: str) -> Candidate:
    """The kind of model of a name.

    Raises:
        SettingsError: for a name that does not exist.
    """
    if name not in CANDIDATES:
        raise SettingsError(f"There is no model {name!r}; there are {', '.join(CANDIDATES)}.")
    return CANDIDATES[name]
