"""Whether one group of customers is suspected more than another, and whether that is chance.

Belongs here: figures of groups, and their distance. Does not belong here: which groups there are,
what is done about it, and what follows; see `mitigation` and `gates`.
"""

from dataclasses import dataclass, field

import numpy as np

from fraud_model.examples import Booleans, Floats, Integers, Texts

MINIMUM_GENUINE = 1_000
MINIMUM_FRAUDS = 20
"""A group with fewer says nothing: with 20 frauds, one more or less is five points of recall."""
_SHUFFLES = 499
_SEED = 20_250_101


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
class Distance:
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


@dataclass(frozen=True)
class Fairness(Distance):
    """A distance, and whether groups need have anything to do with it.

    Attributes:
        ratio_chance: how probable so great a ratio is where they have nothing to do with it: the
            share of random divisions of the same customers into groups of the same sizes.
        gap_chance: likewise, of the recall gap.
    """

    ratio_chance: float
    gap_chance: float


@dataclass(frozen=True)
class Comparison:
    """Customers divided by one attribute.

    Attributes:
        attribute: what groups are made by.
        figures: of each group.
        counts: of each customer in a group that is large enough; None with fewer than two such.
    """

    attribute: str
    figures: list[GroupFigures]
    counts: "_Counts | None" = field(compare=False, repr=False)

    @property
    def distance(self) -> Distance | None:
        """How far the groups are apart; None with fewer than two that are large enough."""
        return Distance(self.attribute, *self.counts.distances()) if self.counts else None

    def fairness(self) -> Fairness | None:
        """The distance with its chances, for which customers are divided 499 times more."""
        if self.counts is None:
            return None
        return Fairness(self.attribute, *self.counts.distances(), *self.counts.chances())


def is_large_enough(genuine: int, frauds: int) -> bool:
    """Whether a group of so many genuine payments and frauds says anything."""
    return genuine >= MINIMUM_GENUINE and frauds >= MINIMUM_FRAUDS


def compare(
    attribute: str, customers: Integers, groups: Texts, is_fraud: Booleans, is_alerted: Booleans
) -> Comparison:
    """Divides customers into groups; those without a value are in none.

    Args:
        attribute: what groups are made by.
        customers: number of each payment's customer, who is in one group only.
        groups: value of the attribute of each payment's customer.
        is_fraud: of each payment.
        is_alerted: likewise.
    """
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
    large = [each.group for each in found if each.is_large_enough]
    if len(large) < 2:
        return Comparison(attribute, found, None)
    rows = np.isin(groups, large)
    counts = _Counts.of(customers[rows], groups[rows], is_fraud[rows], is_alerted[rows])
    return Comparison(attribute, found, counts)


@dataclass(frozen=True)
class _Counts:
    """Payments of each customer: of which group, and how many of each kind."""

    groups: Integers
    kinds: Floats
    """Genuine ones, alerted ones of these, frauds, alerted ones of these: four rows."""

    @classmethod
    def of(
        cls, customers: Integers, groups: Texts, is_fraud: Booleans, is_alerted: Booleans
    ) -> "_Counts":
        _, first, number = np.unique(customers, return_index=True, return_inverse=True)
        _, of_customer = np.unique(groups[first].astype(str), return_inverse=True)
        kinds = (~is_fraud, ~is_fraud & is_alerted, is_fraud, is_fraud & is_alerted)
        return cls(of_customer, np.stack([np.bincount(number, each) for each in kinds]))

    def distances(self) -> tuple[float, float]:
        """Highest false-positive rate over the lowest, and highest recall less the lowest."""
        return self._apart(self.groups)

    def chances(self) -> tuple[float, float]:
        """How often chance takes as many customers as far apart, by either distance.

        Customers change groups, not payments: those of one card are alike, so that fewer customers
        than payments say something. A permutation test needs no sizes (Good, *Permutation,
        Parametric and Bootstrap Tests of Hypotheses*, 2005).
        """
        random = np.random.default_rng(_SEED)
        by_chance = np.array([
            self._apart(random.permutation(self.groups)) for _ in range(_SHUFFLES)
        ])  # fmt: skip
        # As it is, is one of the possible divisions.
        ratio, gap = ((by_chance >= self.distances()).sum(axis=0) + 1) / (_SHUFFLES + 1)
        return float(ratio), float(gap)

    def _apart(self, groups: Integers) -> tuple[float, float]:
        genuine, false, frauds, found = (np.bincount(groups, each) for each in self.kinds)
        with np.errstate(invalid="ignore"):
            rates, recalls = false / genuine, found / frauds
        return _ratio(np.nanmax(rates), np.nanmin(rates)), float(np.ptp(recalls[frauds > 0]))


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
    return float(highest / lowest) if lowest > 0 else float("inf")
