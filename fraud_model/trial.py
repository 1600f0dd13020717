"""Which customers a challenger decides for, while it is tried beside the champion.

Belongs here: the share, and who is in it. Does not belong here: scoring, and which of the two did
better; `marts.model_comparison` says that, and asks the macro `in_hashed_share` who was in.
"""

import hashlib
from dataclasses import dataclass

from fraud_model.registry import Version
from sentinel.errors import SettingsError

_DIGITS = 8
_EVERYTHING = "g"
"""Above every hexadecimal digit."""


@dataclass(frozen=True)
class Trial:
    """A challenger that scores what the champion scores.

    Attributes:
        champion: number of the version that has the place.
        challenger: the version that wants it.
        share: share of customers, 0 to 1, for whom the challenger's alerts count; with 0 it scores
            in the shadow, without any effect.
    """

    champion: str
    challenger: Version
    share: float

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise SettingsError(
                f"The challenger's share of customers is {self.share}; it must lie between 0 and 1."
            )

    @property
    def salt(self) -> str:
        """Makes the customers of one trial others than those of another."""
        return f"{self.champion}-{self.challenger.number}"

    @property
    def bound(self) -> str:
        """What the hashes of the share's customers are below."""
        return hash_bound(self.share)


def hash_bound(share: float) -> str:
    """The hexadecimal text that so great a share of all hashes is below, in the order of text."""
    return _EVERYTHING if share >= 1 else f"{int(share * 16**_DIGITS):0{_DIGITS}x}"


def is_in_share(identifier: str, salt: str, bound: str) -> bool:
    """Whether an identifier is in a share: always the same answer, and yes for greater shares too.

    By MD5, which every warehouse has; nobody gains anything by guessing it.
    """
    digest = hashlib.md5(f"{salt}:{identifier}".encode(), usedforsecurity=False).hexdigest()
    return digest[:_DIGITS] < bound
