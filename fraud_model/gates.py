"""Whether a challenger may take the champion's place.

Belongs here: the conditions. Does not belong here: measuring what they are about, and the registry.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fraud_model.fairness import Fairness
from fraud_model.leak_checks import PlausibleLimits


@dataclass(frozen=True)
class Measured:
    """What the gate knows of a model, champion and challenger on the same folds.

    Attributes:
        average_precision: mean over folds.
        auc_roc: mean over folds.
        card_precision_at_100: mean over folds.
        calibration_error: mean over folds.
        latency_ms: the 99th percentile of scoring one transaction.
        fairness: distances between groups; empty without attributes.
    """

    average_precision: float
    auc_roc: float
    card_precision_at_100: float
    calibration_error: float
    latency_ms: float
    fairness: Sequence[Fairness] = ()


@dataclass(frozen=True)
class GateLimits:
    """What is asked of a challenger.

    Attributes:
        better_by: average precision above the champion's.
        calibration_slack: calibration error above the champion's that is noise; a tenth of a
            percent is one transaction in a thousand.
        latency_ms: what scoring one transaction may take.
        false_positive_rate_ratio: how much more often one group may be suspected than another.
        recall_gap: how much less of one group's fraud may be found than of another's.
        chance: a distance between groups that is as probable as this, or more, where groups have
            nothing to do with it, is not held against a challenger.
        plausible: what no honest model exceeds on this data, where that is known.
    """

    better_by: float = 0.0
    calibration_slack: float = 0.001
    latency_ms: float = 20.0
    false_positive_rate_ratio: float = 3.0
    recall_gap: float = 0.25
    chance: float = 0.05
    plausible: PlausibleLimits | None = None


def refusals(challenger: Measured, champion: Measured | None, limits: GateLimits) -> list[str]:
    """Every reason against the challenger, as people read it; empty when it may take the place.

    Args:
        challenger: who wants the place.
        champion: who has it; None when nobody has.
        limits: what is asked.
    """
    found = list(_alone(challenger, limits))
    if champion is None:
        return found
    needed = champion.average_precision + limits.better_by
    # Not "less than": a figure that is no number must not pass.
    if not challenger.average_precision > needed:
        found.append(
            f"average precision {challenger.average_precision:.4f} is not above the champion's "
            f"{champion.average_precision:.4f}"
            + (f" by {limits.better_by}" if limits.better_by else "")
        )
    if not challenger.calibration_error <= champion.calibration_error + limits.calibration_slack:
        found.append(
            f"calibration error {challenger.calibration_error:.4f} is worse than the champion's "
            f"{champion.calibration_error:.4f}"
        )
    return found


def _alone(challenger: Measured, limits: GateLimits) -> list[str]:
    found = []
    if not challenger.latency_ms <= limits.latency_ms:
        found.append(
            f"scoring one transaction takes {challenger.latency_ms:.1f} ms, more than "
            f"{limits.latency_ms:.0f}"
        )
    for each in challenger.fairness:
        # Not "greater than", here as well: what is no number must not pass.
        if not (
            each.false_positive_rate_ratio <= limits.false_positive_rate_ratio
            or each.ratio_chance >= limits.chance
        ):
            found.append(
                f"by {each.attribute} one group is suspected {each.false_positive_rate_ratio:.1f} "
                f"times as often as another, more than {limits.false_positive_rate_ratio:g} times, "
                f"and by chance that is so with a probability of {each.ratio_chance:.3f}"
            )
        if not (each.recall_gap <= limits.recall_gap or each.gap_chance >= limits.chance):
            found.append(
                f"by {each.attribute} the share of fraud that is found differs by "
                f"{each.recall_gap:.2f} between groups, more than {limits.recall_gap:g}, and by "
                f"chance that is so with a probability of {each.gap_chance:.3f}"
            )
    figures = {
        "AUC ROC": (challenger.auc_roc, "auc_roc"),
        "card precision@100": (challenger.card_precision_at_100, "card_precision_at_100"),
    }
    for what, (figure, name) in figures.items():
        limit = getattr(limits.plausible, name, math.inf)
        if not figure <= limit:
            found.append(f"{what} {figure:.3f} is above {limit:g}: that is a leak")
    return found
