"""Curves of an evaluation as pictures.

Belongs here: drawing. Does not belong here: figures. The same evaluation draws the same bytes.
"""

from pathlib import Path
from typing import Any

import numpy as np

from fraud_model.evaluation import BOTH, CEILING, MODEL, RULES, SCORERS, Evaluation

_COLOURS = {MODEL: "#1f4e79", RULES: "#c55a11", BOTH: "#548235", CEILING: "#7f7f7f"}
_POINTS = 200
_SIZE = (7.2, 3.2)


def draw_curves(evaluation: Evaluation, path: Path) -> None:
    """Precision against recall, and reliability, over the rows of all folds; an SVG file."""
    figure, (left, right) = _figure()
    is_fraud = np.concatenate([each.test.is_fraud for each in evaluation.folds])
    for scorer, title in SCORERS.items():
        scores = np.concatenate([each.scores[scorer] for each in evaluation.folds])
        recall, precision = _precision_recall(is_fraud, scores)
        left.plot(recall, precision, label=title, color=_COLOURS[scorer], linewidth=1.4)
    left.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    left.legend(fontsize=7, frameon=False)
    model = np.concatenate([each.scores[MODEL] for each in evaluation.folds])
    stated, found = _reliability(is_fraud, model)
    right.plot([1e-4, 1], [1e-4, 1], color="#bfbfbf", linewidth=1)
    right.plot(stated, found, marker="o", markersize=3, color=_COLOURS[MODEL], linewidth=1.2)
    right.set(xlabel="stated probability", ylabel="found share of fraud", xscale="log",
              yscale="log", xlim=(1e-4, 1), ylim=(1e-4, 1))  # fmt: skip
    _save(figure, path)


def draw_weeks(evaluations: list[Evaluation], path: Path) -> None:
    """Average precision and card precision of each model, week by week; an SVG file."""
    figure, axes = _figure()
    for axis, metric, label in (
        (axes[0], "average_precision", "average precision"),
        (axes[1], "card_precision_at_100", "card precision@100"),
    ):
        for evaluation in evaluations:
            weeks = [f"{each.fold.test_start:%d %b}" for each in evaluation.folds]
            axis.plot(weeks[::-1], evaluation.values(metric)[::-1], marker="o", markersize=3,
                      linewidth=1.2, label=evaluation.plan.title)  # fmt: skip
        axis.set(xlabel="test week from", ylabel=label)
    axes[0].legend(fontsize=6, frameon=False)
    _save(figure, path)


def _figure() -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("svg")
    # Identifiers in the file are random numbers unless they are seeded.
    matplotlib.rcParams.update({"svg.hashsalt": "sentinel", "font.size": 8})
    from matplotlib import pyplot

    return pyplot.subplots(1, 2, figsize=_SIZE, layout="constrained")


def _save(figure: Any, path: Path) -> None:
    from matplotlib import pyplot

    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def _precision_recall(is_fraud: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points of the curve, few enough for a small file."""
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(is_fraud, scores, drop_intermediate=True)
    wanted = np.linspace(0, 1, _POINTS)
    return wanted, np.interp(wanted, recall[::-1], precision[::-1])


def _reliability(is_fraud: np.ndarray, scores: np.ndarray) -> tuple[list[float], list[float]]:
    """Stated and found share by bins that are equally wide on a logarithmic scale."""
    edges = np.logspace(-4, 0, 13)
    bins = np.clip(np.digitize(scores, edges) - 1, 0, len(edges) - 2)
    stated, found = [], []
    for number in range(len(edges) - 1):
        chosen = bins == number
        if chosen.sum() >= 50 and is_fraud[chosen].any():
            stated.append(float(scores[chosen].mean()))
            found.append(float(is_fraud[chosen].mean()))
    return stated, found
