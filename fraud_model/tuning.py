"""Choosing parameters on folds that are older than any evaluation.

Belongs here: which parameters are tried, and which are best. Does not belong here: evaluation
folds; they must never get here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fraud_model.candidates import SEED, Candidate, Parameters
from fraud_model.examples import Examples

BUDGET = 24
_HOPELESS = 0.02

OnTrial = Callable[[int, int, float], None]
"""Called with the trial's number, how many there are, and the best average precision so far."""


@dataclass(frozen=True)
class Choice:
    """The parameters that were chosen.

    Attributes:
        parameters: the best.
        average_precision: their mean over the tuning folds; None when nothing was tried.
        trials: how many sets of parameters were tried.
    """

    parameters: Parameters
    average_precision: float | None
    trials: int


def choose_parameters(
    candidate: Candidate,
    folds: Sequence[tuple[Examples, Examples]],
    budget: int = BUDGET,
    on_trial: OnTrial | None = None,
) -> Choice:
    """Tries the defaults and then parameters drawn at random; the best mean average precision wins.

    A set of parameters that is far behind the best one on the folds so far is given up. The draws
    are seeded and the budget counts trials, not seconds: the same choice on any machine.

    Args:
        candidate: what is tuned.
        folds: training and test set of each tuning fold; without any, the defaults are chosen.
        budget: how many sets of parameters are tried at most.
        on_trial: told after each.
    """
    if not folds:
        return Choice(candidate.defaults, None, 0)
    tried = drawn_parameters(candidate, budget)
    best, best_of_folds = candidate.defaults, [0.0] * len(folds)
    for number, parameters in enumerate(tried, 1):
        found = _on_folds(candidate, parameters, folds, best_of_folds)
        if found is not None and np.mean(found) > np.mean(best_of_folds):
            best, best_of_folds = parameters, found
        if on_trial:
            on_trial(number, len(tried), float(np.mean(best_of_folds)))
    return Choice(best, float(np.mean(best_of_folds)), len(tried))


def drawn_parameters(candidate: Candidate, budget: int) -> list[Parameters]:
    """The defaults, then different draws from the ranges; fewer if there are not as many."""
    random = np.random.default_rng(SEED)
    found: list[Parameters] = [candidate.defaults]
    combinations = int(np.prod([len(values) for values in candidate.ranges.values()]))
    draws = 0
    while len(found) < min(budget, combinations) and draws < 50 * budget:
        draws += 1
        drawn = {
            name: values[int(random.integers(len(values)))]
            for name, values in candidate.ranges.items()
        }
        parameters = {**candidate.defaults, **drawn}
        if parameters not in found:
            found.append(parameters)
    return found


def _on_folds(
    candidate: Candidate,
    parameters: Parameters,
    folds: Sequence[tuple[Examples, Examples]],
    best: Sequence[float],
) -> list[float] | None:
    """Average precision of each fold; None when given up."""
    from sklearn.metrics import average_precision_score

    found: list[float] = []
    for training, test in folds:
        learnt = candidate.learn(training.inputs, training.is_fraud, parameters)
        scores = learnt.raw_scores(test.inputs)
        found.append(float(average_precision_score(test.is_fraud, scores)))
        if np.mean(found) < np.mean(best[: len(found)]) - _HOPELESS:
            return None
    return found
