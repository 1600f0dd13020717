"""The fraud model, measured: learning and judging on seven days, and scoring in batch.

Belongs here: what runs in the measured process. Does not belong here: showing figures.

    python -m benchmarks.model_runs training KIND [--handbook]
    python -m benchmarks.model_runs scoring KIND SCORER [--handbook]
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from fraud_model.calibration import CalibratedModel, learn_calibrated
from fraud_model.candidates import candidate
from fraud_model.examples import Examples, Floats, History, Inputs, load_history, newest_days
from fraud_model.feature_sets import feature_set
from fraud_model.onnx_export import score_onnx, to_onnx
from fraud_model.periods import Fold
from fraud_model.training import Request, evaluate_request, history_of, protocol, silent
from fraud_model.warehouse import Warehouse
from sentinel.settings import Settings

KINDS = ("logistic_regression", "lightgbm", "xgboost")
SENTINEL, NATIVE, ONNX, FOREST = "sentinel", "native", "onnx", "forest"
SCORERS = (SENTINEL, NATIVE, ONNX)
TRAINING_DAYS = 7
SCORED_DAYS = 56
_REPETITIONS = 5
_FEATURES = "2"
_FOREST_TREES = 100


def training(kind: str, handbook: bool) -> dict[str, float]:
    """Seconds of one candidate over four folds: leak checks, calibration, oracle, every figure.

    Args:
        kind: of model; `forest` learns, predicts and has three figures by scikit-learn alone.
        handbook: whether the data is the handbook's.
    """
    warehouse = Warehouse(Settings.load())
    request = Request(
        kind if kind != FOREST else KINDS[0], _FEATURES, TRAINING_DAYS, 1, handbook
    )  # fmt: skip
    days = protocol(warehouse, request)
    started = time.perf_counter()
    history = history_of(warehouse, request, days)
    reading = time.perf_counter() - started
    started = time.perf_counter()
    if kind == FOREST:
        found = [_forest(history, fold) for fold in days.evaluation]
        precision = float(np.mean(found))
    else:
        evaluation = evaluate_request(warehouse, history, request, days, silent())
        precision = evaluation.mean("average_precision")
    return {
        "reading_seconds": reading,
        "seconds": time.perf_counter() - started,
        "transactions": len(history.transactions),
        "folds": len(days.evaluation),
        "average_precision": precision,
    }


def scoring(kind: str, scorer: str, handbook: bool) -> dict[str, float]:
    """Seconds to score the newest eight weeks from rows in memory, median of five.

    Args:
        kind: of model, trained on seven days.
        scorer: Sentinel's calibrated probability; the library's own prediction; or ONNX Runtime.
        handbook: whether the data is the handbook's.
    """
    warehouse = Warehouse(Settings.load())
    request = Request(kind, _FEATURES, TRAINING_DAYS, 1, handbook)
    fold = protocol(warehouse, request).evaluation[0]
    features = feature_set(_FEATURES)
    started = time.perf_counter()
    rows = load_history(warehouse, features, *newest_days(warehouse, SCORED_DAYS)).transactions
    reading = time.perf_counter() - started
    known = load_history(warehouse, features, fold.training_start, fold.test_start)
    chosen = candidate(kind)
    model = learn_calibrated(chosen, known.training_set(fold), chosen.defaults).model
    call = _scorer(model, scorer, rows)
    call(rows.inputs[:1_000])
    taken = []
    for _ in range(_REPETITIONS):
        started = time.perf_counter()
        call(rows.inputs)
        taken.append(time.perf_counter() - started)
    return {
        "reading_seconds": reading, "seconds": sorted(taken)[_REPETITIONS // 2],
        "transactions": len(rows),
    }  # fmt: skip


def _scorer(model: CalibratedModel, scorer: str, rows: Examples) -> Callable[[Inputs], Floats]:
    if scorer == SENTINEL:
        return model.scores
    if scorer == NATIVE:
        return model.learnt.raw_scores
    return partial(score_onnx, to_onnx(model, rows.inputs.shape[1]))


def _forest(history: History, fold: Fold) -> float:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import average_precision_score, roc_auc_score

    learnt_from, test = history.training_set(fold), history.test_set(fold)
    model = RandomForestClassifier(_FOREST_TREES, n_jobs=1, random_state=0)
    model.fit(np.nan_to_num(learnt_from.inputs), learnt_from.is_fraud)
    scores = model.predict_proba(np.nan_to_num(test.inputs))[:, 1]
    roc_auc_score(test.is_fraud, scores)
    return float(average_precision_score(test.is_fraud, scores))


def main() -> None:
    """Measures what the arguments say, and prints it as JSON."""
    what, kind, *rest = [each for each in sys.argv[1:] if each != "--handbook"]
    is_handbook = "--handbook" in sys.argv
    done = (
        training(kind, is_handbook) if what == "training" else scoring(kind, rest[0], is_handbook)
    )
    print(json.dumps(done))


if __name__ == "__main__":
    main()
