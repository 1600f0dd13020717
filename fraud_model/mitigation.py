"""Thresholds by group, so that no group is suspected more than another, and what they cost.

Belongs here: finding such thresholds, and counting what is won and lost by them. Does not belong
here: distances between groups; see `fairness`.

Groups decide where alerts begin, never what a score is. Whether the law allows that is for people
to say: nothing here happens unless it is asked for, with `sentinel model train --equalise`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fraud_model.examples import Booleans, Floats, Integers, Texts
from fraud_model.fairness import (
    Distance,
    compare,
    is_large_enough,
    threshold_for,
)

COMMON, BY_GROUP = "common", "by_group"


@dataclass(frozen=True)
class Policy:
    """What one way of setting thresholds does to the payments that judge.

    Attributes:
        attribute: what groups are made by.
        name: common, or by_group.
        distance: how far the groups are apart.
        alerts: payments at or above their threshold.
        false_alerts: genuine ones among them.
        frauds: frauds among them.
        fraud_amount: money of these, in the reporting currency.
    """

    attribute: str
    name: str
    distance: Distance
    alerts: int
    false_alerts: int
    frauds: int
    fraud_amount: float


def thresholds_by_group(
    scores: Floats, is_fraud: Booleans, groups: Texts, false_positive_rate: float
) -> dict[str, float]:
    """For each group that is large enough, the threshold with that share of false positives.

    Equal false-positive rates are predictive equality (Corbett-Davies et al., *Algorithmic Decision
    Making and the Cost of Fairness*, 2017). A group that is too small has the common threshold.
    """
    found = {}
    for group in sorted({str(each) for each in groups if each is not None}):
        chosen = groups == group
        if is_large_enough(int((chosen & ~is_fraud).sum()), int((chosen & is_fraud).sum())):
            found[group] = threshold_for(scores[chosen], is_fraud[chosen], false_positive_rate)
    return found


def row_thresholds(common: float, by_group: Mapping[str, float], groups: Texts) -> Floats:
    """The threshold of each row, by the group of its customer."""
    found = np.full(len(groups), common)
    for group, threshold in by_group.items():
        found[groups == group] = threshold
    return found


def policy(
    attribute: str, name: str, customers: Integers, groups: Texts, is_fraud: Booleans,
    is_alerted: Booleans, amounts: Floats,
) -> Policy | None:  # fmt: skip
    """What alerts of a policy come to; None where fewer than two groups are large enough."""
    distance = compare(attribute, customers, groups, is_fraud, is_alerted).distance
    if distance is None:
        return None
    found = is_alerted & is_fraud
    return Policy(
        attribute, name, distance, int(is_alerted.sum()), int((is_alerted & ~is_fraud).sum()),
        int(found.sum()), float(amounts[found].sum()),
    )  # fmt: skip
