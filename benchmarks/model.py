"""The fraud model against its peers: learning and judging, and scoring in batch.

Belongs here: which runs are compared, and how that is shown. Does not belong here: what runs in the
measured processes; see `model_runs`.
"""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import Measured, run_module
from benchmarks.model_runs import (
    FOREST,
    KINDS,
    NATIVE,
    ONNX,
    SCORED_DAYS,
    SCORERS,
    SENTINEL,
    TRAINING_DAYS,
)
from benchmarks.page import megabytes, table
from benchmarks.pipeline import environment


def model_section(home: Path, data: str, is_handbook: bool) -> str:
    """Measures every run on a built warehouse, one after the other.

    Args:
        home: state folder of the warehouse.
        data: what the data is, for people.
        is_handbook: whether it is the handbook's, whose weeks are fixed.
    """
    option = ("--handbook",) if is_handbook else ()

    def measured(*arguments: str) -> Measured:
        return run_module(
            "benchmarks.model_runs", *arguments, *option, environment=environment(home)
        )

    learnt = {kind: measured("training", kind) for kind in (*KINDS, FOREST)}
    scored = {
        (kind, scorer): measured("scoring", kind, scorer) for kind in KINDS for scorer in SCORERS
    }
    return f"{_learning(data, learnt)}\n\n{_scoring(scored)}"


def _learning(data: str, done: Mapping[str, Measured]) -> str:
    least = done[FOREST].result["seconds"]
    rows = [
        (
            "scikit-learn's random forest, 100 trees" if kind == FOREST else kind,
            f"{each.result['seconds']:.1f}", f"{each.result['seconds'] / least:.2f}",
            f"{each.result['average_precision']:.3f}", megabytes(each.peak_bytes),
        )
        for kind, each in done.items()
    ]  # fmt: skip
    result = done[FOREST].result
    columns = ("kind of model", "seconds", "over the forest's", "average precision", "peak memory")
    return (
        f"Feature version 2 ({data}), each model by one thread, the three of a fold side by side. "
        f"Learning on {TRAINING_DAYS} days and judging the week after next, for {result['folds']} "
        "folds, one set of parameters. Sentinel looks for leaks, learns "
        "twice more to calibrate, judges model, rules, both and oracle by every metric and by kind "
        "of fraud, and writes it down; the forest learns, predicts and has two figures. "
        f"Reading {result['transactions']:,} transactions with their labels takes "
        f"{result['reading_seconds']:.1f} s more, once for all folds.\n\n" + table(columns, rows)
    )


def _scoring(done: Mapping[tuple[str, str], Measured]) -> str:
    def rate(kind: str, scorer: str) -> float:
        result = done[kind, scorer].result
        return float(result["transactions"] / result["seconds"])

    scorers = {
        SENTINEL: "Sentinel, calibrated probability",
        NATIVE: "raw score, without calibration",
        ONNX: "ONNX Runtime, the exported graph",
    }
    rows = [
        (
            kind, title, f"{rate(kind, scorer):,.0f}",
            f"{rate(kind, SENTINEL) / rate(kind, scorer):.2f}",
            megabytes(done[kind, scorer].peak_bytes),
        )
        for kind in KINDS
        for scorer, title in scorers.items()
    ]  # fmt: skip
    result = done[KINDS[0], SENTINEL].result
    columns = ("kind of model", "scorer", "transactions a second", "time over Sentinel's",
               "peak memory")  # fmt: skip
    return (
        f"Scoring {result['transactions']:,} transactions of {SCORED_DAYS} days, the "
        "inputs in memory, median of five. Reading them from the feature tables takes "
        f"{result['reading_seconds']:.1f} s more:\n\n" + table(columns, rows)
    )
