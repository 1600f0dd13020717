"""A customer's side of a trial is always the same, and the share is what was asked for."""

from itertools import pairwise
from typing import Any, cast

import pytest

from fraud_model.trial import Trial, hash_bound, is_in_share
from sentinel.errors import SettingsError

CUSTOMERS = [f"C{number:08d}" for number in range(20_000)]


def chosen(share: float, salt: str = "1-2") -> set[str]:
    return {each for each in CUSTOMERS if is_in_share(each, salt, hash_bound(share))}


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_the_share_is_what_was_asked_for(share: float) -> None:
    assert len(chosen(share)) / len(CUSTOMERS) == pytest.approx(share, abs=0.01)


def test_nobody_and_everybody() -> None:
    assert chosen(0) == set()
    assert chosen(1) == set(CUSTOMERS)


def test_who_is_in_stays_in_when_the_share_grows() -> None:
    growing = [chosen(share) for share in (0.0, 0.05, 0.2, 0.5, 1.0)]
    assert all(smaller < greater for smaller, greater in pairwise(growing))


def test_another_trial_has_other_customers() -> None:
    both = chosen(0.1) & chosen(0.1, "1-3")
    assert len(both) / len(CUSTOMERS) == pytest.approx(0.01, abs=0.005)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(SettingsError, match="between 0 and 1"):
        Trial("1", cast(Any, None), share)
