"""Whether one group of customers is suspected more than another.

Belongs here: figures of groups, and their distance. Does not belong here: which groups there are,
what is done about it, and what follows; see `mitigation` and `gates`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fraud_model.examples import Booleans, Floats, Texts

MINIMUM_GENUINE = 1_000
MINIMUM_FRAUDS = 20
"""A group with fewer says nothing: with 20 frauds, one more or less is five points of recall."""


@dataclass(frozen=True)
class GroupFigures:
    """One group of one attribute at one threshold.

    Attributes:
        attribute: what groups are made by.
        group: the attribute's value.
        genuine: genuine transactions.
        frauds: frauds.
        false_positive_rate: share of genuine transactions at or above the threshold.
        recall: share of frauds at or above it; NaN without any.
    """

    attribute: str
    group: str
    genuine: int
    frauds: int
    false_positive_rate: float
    recall: float

    @property
    def is_large_enough(self) -> bool:
        """Whether the figures can be compared."""
        return is_large_enough(self.genuine, self.frauds)


@dataclass(frozen=True)
class Fairness:
    """How far the groups of an attribute are apart.

    Attributes:
        false_positive_rate_ratio: the highest rate over the lowest (predictive equality); infinite
            when one group has no false positive and another has.
        recall_gap: the highest recall less the lowest (equal opportunity; Hardt, Price, Srebro
            2016).
    """

    attribute: str
    false_positive_rate_ratio: float
    recall_gap: float


def is_large_enough(genuine: int, frauds: int) -> bool:
    """Whether a group of so many genuine payments and frauds says anything."""
    return genuine >= MINIMUM_GENUINE and frauds >= MINIMUM_FRAUDS


def group_figures(
    attribute: str, groups: Texts, is_fraud: Booleans, is_alerted: Booleans
) -> list[GroupFigures]:
    """Figures of each group; customers without a value are in none."""
    found = []
    for group in sorted({str(each) for each in groups if each is not None}):
        chosen = groups == group
        genuine, frauds = chosen & ~is_fraud, chosen & is_fraud
        found.append(
            GroupFigures(
                attribute, group, int(genuine.sum()), int(frauds.sum()),
                _share(is_alerted[genuine]), _share(is_alerted[frauds]),
            )
        )  # fmt: skip
    return found


def fairness(figures: Sequence[GroupFigures]) -> list[Fairness]:
    """Distances for each attribute that has two groups or more that are large enough."""
    found = []
    for attribute in sorted({each.attribute for each in figures}):
        large = [each for each in figures if each.attribute == attribute and each.is_large_enough]
        if len(large) < 2:
            continue
        rates = [each.false_positive_rate for each in large]
        recalls = [each.recall for each in large]
        found.append(
            Fairness(attribute, _ratio(max(rates), min(rates)), max(recalls) - min(recalls))
        )
    return found


def threshold_for(scores: Floats, is_fraud: Booleans, false_positive_rate: float) -> float:
    """Lowest score at which at most that share of genuine transactions is alerted."""
    genuine = np.sort(scores[~is_fraud])[::-1]
    allowed = int(false_positive_rate * len(genuine))
    return float(np.nextafter(genuine[allowed], np.inf))


def _share(chosen: Booleans) -> float:
    return float(chosen.mean()) if len(chosen) else float("nan")


def _ratio(highest: float, lowest: float) -> float:
    if highest == lowest:
        return 1.0
    return highest / lowest if lowest > 0 else float("inf")
