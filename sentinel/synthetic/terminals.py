"""The terminals: where they stand, what they sell, and how that changes over the period.

Belongs here: the population as of the current day, choosing a terminal, changes, landing table.
Does not belong here: who pays there (`behaviour.py`) and who was compromised (`fraud_plan.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from sentinel.synthetic import schemas
from sentinel.synthetic.arrays import (
    MICROSECONDS_PER_SECOND,
    SECONDS_PER_DAY,
    Booleans,
    Floats,
    Integers,
    choose,
    identifiers,
    timestamps,
)
from sentinel.synthetic.changes import Changes
from sentinel.synthetic.config import SyntheticConfig
from sentinel.synthetic.random_streams import Stream, random_stream
from sentinel.synthetic.reference import (
    CATEGORIES,
    CITIES,
    city_count,
    city_weights,
)
from sentinel.synthetic.terminal_changes import TerminalChange, plan_terminal_changes

_ONLINE_SHARE = 0.15
_PLACE_SPREAD_DEGREES = 0.05
_FARTHEST_FROM_CENTRE_DEGREES = 0.2
_SAME_MERCHANT_SHARE = 0.3
_LONGEST_INSTALLATION_DAYS = 1_500


@dataclass(slots=True)
class CityBlocks:
    """Terminals of one kind, city after city, so that choosing one is arithmetic.

    A place in a block is fixed; which terminal stands there may change. A place whose terminal
    has closed sends its customers to the next one in the city.
    """

    occupant: Integers
    start: Integers
    length: Integers
    open_place: Integers

    def choose(self, city: Integers, position: Integers) -> Integers:
        """The terminals at positions (taken round the block) of cities."""
        place = self.start[city] + position % self.length[city]
        return self.occupant[self.open_place[place]]

    def swap(self, first: int, second: int) -> None:
        """Let two terminals change places."""
        places = [int(np.flatnonzero(self.occupant == one)[0]) for one in (first, second)]
        self.occupant[places] = [second, first]

    def close(self, terminal: int, is_deleted: Booleans) -> None:
        """Send customers of a closed terminal's place to the next open one of its city."""
        closed = int(np.flatnonzero(self.occupant == terminal)[0])
        city = int(np.searchsorted(self.start, closed, side="right")) - 1
        low, length = int(self.start[city]), int(self.length[city])
        following = low + (closed - low + 1 + np.arange(length)) % length
        still_open = following[~is_deleted[self.occupant[following]]]
        self.open_place[self.open_place == closed] = still_open[0]


@dataclass(slots=True)
class Terminals:
    """The population as of the current day, and the planned changes.

    Online shops have a country but no place: their latitude and longitude are NaN, null in tables.
    """

    city: Integers
    category: Integers
    merchant: Integers
    latitude: Floats
    longitude: Floats
    is_online: Booleans
    is_deleted: Booleans
    ever_deleted: Booleans
    physical: CityBlocks
    online: CityBlocks
    merchant_count: int
    changes: Changes

    def __len__(self) -> int:
        return len(self.city)


class TerminalDay(NamedTuple):
    """What changed on the current day: terminals that moved, and for those taken over what they
    sold until which second since 1970.
    """

    moved: Integers
    taken_over: Integers
    former_category: Integers
    taken_over_at: Integers


def create_terminals(config: SyntheticConfig) -> Terminals:
    """Draw the terminals; every city has at least one shop and one online shop."""
    random = random_stream(config.seed, Stream.TERMINALS)
    size, cities = config.terminals, city_count(config.terminals)
    city = random.choice(cities, size=size, p=city_weights(cities))
    is_online = random.random(size) < _ONLINE_SHARE
    city[: 2 * cities] = np.tile(np.arange(cities), 2)
    is_online[: 2 * cities] = np.repeat([False, True], cities)
    category = draw_categories(random, is_online)
    latitude, longitude = _places(random, city, is_online)
    merchant = _merchants(random, city, category, is_online)
    changes = plan_terminal_changes(config, city, is_online, never_close=2 * cities)
    ever_deleted = np.zeros(size, dtype=bool)
    ever_deleted[changes.entity[changes.kind == TerminalChange.CLOSURE]] = True
    return Terminals(
        city=city,
        category=category,
        merchant=merchant,
        latitude=latitude,
        longitude=longitude,
        is_online=is_online,
        is_deleted=np.zeros(size, dtype=bool),
        ever_deleted=ever_deleted,
        physical=_blocks(city, ~is_online, cities),
        online=_blocks(city, is_online, cities),
        merchant_count=int(merchant.max()) + 1,
        changes=changes,
    )


def draw_categories(random: np.random.Generator, is_online: Booleans) -> Integers:
    """A merchant category for each terminal, as common as its kind of terminal makes it."""
    physical = np.array([category.physical_weight for category in CATEGORIES])
    online = np.array([category.online_weight for category in CATEGORIES])
    share = random.random(len(is_online))
    return np.where(
        is_online,
        np.searchsorted(online.cumsum() / online.sum(), share, side="right"),
        np.searchsorted(physical.cumsum() / physical.sum(), share, side="right"),
    )


def _places(
    random: np.random.Generator, city: Integers, is_online: Booleans
) -> tuple[Floats, Floats]:
    farthest = _FARTHEST_FROM_CENTRE_DEGREES
    spread = random.normal(0, _PLACE_SPREAD_DEGREES, (2, len(city))).clip(-farthest, farthest)
    latitude = np.array([place.latitude for place in CITIES])[city] + spread[0]
    longitude = np.array([place.longitude for place in CITIES])[city] + spread[1]
    latitude[is_online] = np.nan
    longitude[is_online] = np.nan
    return np.round(latitude, 4), np.round(longitude, 4)


def _merchants(
    random: np.random.Generator, city: Integers, category: Integers, is_online: Booleans
) -> Integers:
    """Merchants: some terminals of one city and category belong to the same one."""
    order = np.lexsort((city, category, is_online))
    kind = np.stack([city, category, is_online])[:, order]
    starts = random.random(len(city)) >= _SAME_MERCHANT_SHARE
    starts[1:] |= (kind[:, 1:] != kind[:, :-1]).any(axis=0)
    starts[0] = False
    merchant = np.empty(len(city), dtype=np.int64)
    merchant[order] = starts.cumsum()
    return merchant


def _blocks(city: Integers, member: Booleans, cities: int) -> CityBlocks:
    members = np.flatnonzero(member)
    occupant = members[np.argsort(city[members], kind="stable")]
    length = np.bincount(city[members], minlength=cities)
    start = np.concatenate([[0], length.cumsum()[:-1]])
    return CityBlocks(occupant, start, length, np.arange(len(occupant)))


def change_terminals(
    config: SyntheticConfig, terminals: Terminals, day: int
) -> tuple[pa.Table, TerminalDay]:
    """Apply the changes of a day in place and give their landing rows.

    Places and closures hold for the whole day; of takeovers the exact second is given back.
    """
    random = random_stream(config.seed, Stream.TERMINAL_CHANGES, day)
    changes = terminals.changes.of_day(day)
    at = config.start_seconds + day * SECONDS_PER_DAY + changes.second
    moves = changes.take(changes.kind == TerminalChange.MOVE)
    _move(random, terminals, moves)
    for closed in changes.entity[changes.kind == TerminalChange.CLOSURE].tolist():
        terminals.is_deleted[closed] = True
        blocks = terminals.online if terminals.is_online[closed] else terminals.physical
        blocks.close(closed, terminals.is_deleted)
    taken_over = changes.kind == TerminalChange.TAKEOVER
    rows = changes.entity[taken_over]
    changed = TerminalDay(moves.entity, rows, terminals.category[rows], at[taken_over])
    terminals.category[rows] = draw_categories(random, terminals.is_online[rows])
    terminals.merchant[rows] = terminals.merchant_count + np.arange(len(rows))
    terminals.merchant_count += len(rows)
    return terminals_table(terminals, changes.entity, at), changed


def _move(random: np.random.Generator, terminals: Terminals, moves: Changes) -> None:
    alone = moves.entity[moves.partner < 0]
    place = _places(random, terminals.city[alone], terminals.is_online[alone])
    terminals.latitude[alone], terminals.longitude[alone] = place
    leads = moves.entity < moves.partner
    first, second = moves.entity[leads], moves.partner[leads]
    for column in (terminals.city, terminals.latitude, terminals.longitude):
        column[first], column[second] = column[second], column[first]
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        terminals.physical.swap(one, other)


def terminal_identifiers(count: int) -> pa.StringArray:
    """The identifiers of all terminals, by position."""
    return identifiers("TERM", np.arange(count), 8)


def first_terminal_versions(config: SyntheticConfig, terminals: Terminals) -> pa.Table:
    """The landing table of all terminals as they were before the period."""
    random = random_stream(config.seed, Stream.TERMINAL_CHANGES, config.days)
    age = random.integers(1, _LONGEST_INSTALLATION_DAYS * SECONDS_PER_DAY, len(terminals))
    return terminals_table(terminals, np.arange(len(terminals)), config.start_seconds - age)


def terminals_table(terminals: Terminals, rows: Integers, updated_seconds: Integers) -> pa.Table:
    """Landing rows of terminals as of the current day."""
    no_place = terminals.is_online[rows]
    columns = {
        "terminal_id": identifiers("TERM", rows, 8),
        "merchant_id": identifiers("M", terminals.merchant[rows], 8),
        "merchant_category_code": choose(
            pa.array([category.code for category in CATEGORIES]), terminals.category[rows]
        ),
        "country_code": choose(
            pa.array([place.country_code for place in CITIES]), terminals.city[rows]
        ),
        "latitude": pa.array(terminals.latitude[rows], mask=no_place),
        "longitude": pa.array(terminals.longitude[rows], mask=no_place),
        "is_deleted": pa.array(terminals.is_deleted[rows]),
        "updated_at": timestamps(updated_seconds * MICROSECONDS_PER_SECOND),
    }
    return pa.table(columns, schema=schemas.TERMINALS)
