"""How terminals will change: they move, are taken over by another merchant, or close.

Belongs here: planning these changes for the whole period.
Does not belong here: the population and applying a day's changes to it (`terminals.py`).

A terminal moves by changing places with another of its country, so that every city keeps its
shops and nobody's usual shop vanishes without another in its place.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from sentinel.synthetic.arrays import Booleans, Integers
from sentinel.synthetic.changes import Changes, plan_first_changes, with_second_changes
from sentinel.synthetic.config import SyntheticConfig
from sentinel.synthetic.random_streams import Stream, random_stream
from sentinel.synthetic.reference import city_count, country_of_city


class TerminalChange(IntEnum):
    """Kinds of change, in the order of `_CHANGE_WEIGHTS`."""

    MOVE = 0
    TAKEOVER = 1
    CLOSURE = 2


_CHANGE_WEIGHTS = (0.5, 0.35, 0.15)


def plan_terminal_changes(
    config: SyntheticConfig, city: Integers, is_online: Booleans, never_close: int
) -> Changes:
    """Plan the changes of the period. The first `never_close` terminals stay open to its end."""
    random = random_stream(config.seed, Stream.TERMINAL_CHANGES)
    changes = plan_first_changes(
        random, config.terminals, config.terminal_change_rate, config.days, _CHANGE_WEIGHTS
    )
    needed = (changes.kind == TerminalChange.CLOSURE) & (changes.entity < never_close)
    placeless = (changes.kind == TerminalChange.MOVE) & is_online[changes.entity]
    changes.kind[needed | placeless] = TerminalChange.TAKEOVER
    _, country = country_of_city(city_count(config.terminals))
    _pair_moves(changes, country[city])
    return with_second_changes(
        random, changes, config.days, TerminalChange.TAKEOVER, TerminalChange.CLOSURE
    )


def _pair_moves(changes: Changes, country: Integers) -> None:
    """Pair moving terminals of one country, in place; one left over moves within its city."""
    moves = np.flatnonzero(changes.kind == TerminalChange.MOVE)
    moves = moves[np.argsort(country[changes.entity[moves]], kind="stable")]
    home = country[changes.entity[moves]]
    position = np.arange(len(moves)) - np.searchsorted(home, home)
    leads = position % 2 == 0
    leads &= np.append(home[1:] == home[:-1], False)[: len(moves)]
    first = moves[leads]
    second = moves[np.flatnonzero(leads) + 1]
    changes.partner[first], changes.partner[second] = changes.entity[second], changes.entity[first]
    changes.day[second], changes.second[second] = changes.day[first], changes.second[first]
