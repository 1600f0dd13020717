"""Why a transaction is suspicious, in the words of an analyst.

Belongs here: from contributions to sentences. Does not belong here: contributions; the models give
them.
"""

from dataclasses import dataclass

import numpy as np

from fraud_model.candidates import Learnt
from fraud_model.examples import Inputs
from fraud_model.feature_sets import FeatureSet

REASONS = 3
_SHORT = 1e-9


@dataclass(frozen=True)
class Reason:
    """One input of one transaction.

    Attributes:
        name: of the input.
        words: what it is.
        value: what it was; NaN where it says nothing.
        contribution: what it added to the log-odds of fraud; below 0 it spoke against.
    """

    name: str
    words: str
    value: float
    contribution: float

    @property
    def sentence(self) -> str:
        """As an analyst reads it."""
        value = "unknown" if np.isnan(self.value) else f"{self.value:,.4g}"
        return f"{self.words} ({value})"

    @property
    def speaks_for_fraud(self) -> bool:
        """Whether it added anything to suspicion that is more than rounding."""
        return self.contribution > _SHORT


def reasons(learnt: Learnt, features: FeatureSet, inputs: Inputs) -> list[list[Reason]]:
    """Every input of each row with its contribution, the most suspicious first.

    The contributions of a row and the model's base add up to its raw score.
    """
    found = []
    for values, parts in zip(inputs, learnt.contributions(inputs), strict=True):
        order = np.argsort(-parts[:-1], kind="stable")
        found.append(
            [
                Reason(
                    features.inputs[number].name, features.inputs[number].words,
                    float(values[number]), float(parts[number]),
                )
                for number in order
            ]
        )  # fmt: skip
    return found


def in_words(of_row: list[Reason], at_most: int = REASONS) -> str:
    """The weightiest reasons for suspicion, parted by semicolons; empty when there are none."""
    some = [each.sentence for each in of_row[:at_most] if each.speaks_for_fraud]
    return "; ".join(some)
