"""Genuine transactions of a day: who pays where, when, how and how much.

Belongs here: habits, daily and weekly rhythm, trips, amounts.
Does not belong here: fraud (`fraud.py`) and how rows are delivered (`delivery.py`).

The frame is Le Borgne et al., *Reproducible Machine Learning for Credit Card Fraud Detection*,
chapter 3: Poisson counts, amounts about the customer's own mean, terminals near home. Rhythm,
merchant categories, online shops and trips are added.
"""

from __future__ import annotations

import numpy as np

from sentinel.synthetic.arrays import SECONDS_PER_DAY, Booleans, Floats, Integers
from sentinel.synthetic.events import EntryMode, Events, FraudPattern
from sentinel.synthetic.identities import SLOTS_PER_CUSTOMER
from sentinel.synthetic.random_streams import Stream, random_stream
from sentinel.synthetic.reference import ATM_CATEGORY, CATEGORIES, CITIES
from sentinel.synthetic.world import World

#: Above this amount everything is fraud in the published simulation; genuine amounts stay below.
LARGE_AMOUNT_CENTS = 22_000

_SECONDS_PER_HOUR = 3_600
_MONDAY_TO_SUNDAY = np.array([0.92, 0.93, 0.96, 1.0, 1.15, 1.14, 0.9])
_SHOP_HOURS = np.array(
    [2, 1, 0.5, 0.5, 0.5, 1, 2, 5, 8, 8, 9, 11, 14, 14, 10, 9, 10, 13, 15, 14, 11, 8, 6, 4]
)
_ONLINE_HOURS = np.array(
    [5, 3, 2, 1, 1, 1, 2, 4, 6, 7, 8, 8, 9, 9, 8, 8, 8, 8, 9, 11, 14, 16, 13, 9]
)
_TRIPS_PER_CUSTOMER_DAY = 0.003
_LONGEST_TRIP_DAYS = 10
_USUAL_SHOP_SHARE = 0.7
_USUAL_SHOP_DECAY = 0.15
_DOMESTIC_ONLINE_SHARE = 0.75
_POPULARITY_EXPONENT = 2.0
_AMOUNT_SPREAD = 0.45
_SMALLEST_CENTS = 50


def genuine_events(world: World, day: int) -> Events:
    """Draw the day's transactions as they would be without fraud, in order of customer."""
    random = random_stream(world.config.seed, Stream.BEHAVIOUR, day)
    customers = world.customers
    _start_trips(world, random, day)
    weekday = (world.config.start.weekday() + day) % 7
    rhythm = float(_MONDAY_TO_SUNDAY[weekday] / _MONDAY_TO_SUNDAY.mean())
    expected = customers.daily_rate * rhythm * ~customers.is_deleted
    customer = np.repeat(np.arange(len(customers)), random.poisson(expected))
    size = len(customer)
    is_online = random.random(size) < customers.online_share[customer]
    city = customers.whereabouts(day)[customer]
    terminal = np.where(
        is_online,
        online_terminals(world, random, city),
        _shops(world, random, city, customers.habit[customer]),
    )
    category = world.terminals.category[terminal]
    return Events(
        customer=customer,
        card=_own(random, customer, customers.two_cards[customer], 0.3),
        terminal=terminal,
        category=category,
        cents=_amounts(random, customers.mean_amount[customer] * _level(world, day), category),
        at=world.midnight(day) + _seconds(random, is_online, city),
        entry_mode=entry_modes(random, is_online, category == ATM_CATEGORY),
        device=np.where(is_online, _own(random, customer, is_online, 0.25), -1),
        ip=np.where(is_online, _own(random, customer, is_online, 0.3), -1),
        pattern=np.full(size, int(FraudPattern.GENUINE)),
    )


def online_terminals(world: World, random: np.random.Generator, city: Integers) -> Integers:
    """Online shops for customers in cities: mostly local ones, the popular ones more."""
    blocks = world.terminals.online
    anywhere = random.random(len(city)) >= _DOMESTIC_ONLINE_SHARE
    shop_city = np.where(anywhere, random.integers(0, len(blocks.length), len(city)), city)
    return blocks.choose(shop_city, _popular(random, blocks.length[shop_city]))


def entry_modes(random: np.random.Generator, is_online: Booleans, is_atm: Booleans) -> Integers:
    """How the card was read, as common as for the channel."""
    draw = random.random(len(is_online))
    shop = np.select(
        [draw < 0.6, draw < 0.95],
        [EntryMode.CONTACTLESS, EntryMode.CHIP],
        EntryMode.MAGNETIC_STRIPE,
    )
    atm = np.where(draw < 0.95, EntryMode.CHIP, EntryMode.MAGNETIC_STRIPE)
    online = np.where(draw < 0.95, EntryMode.ECOMMERCE, EntryMode.MANUAL)
    return np.where(is_online, online, np.where(is_atm, atm, shop)).astype(np.int64)


def _start_trips(world: World, random: np.random.Generator, day: int) -> None:
    customers, cities = world.customers, len(world.terminals.physical.length)
    trips = random.poisson(_TRIPS_PER_CUSTOMER_DAY * len(customers))
    traveller = random.integers(0, len(customers), trips)
    destination = random.integers(0, cities, trips)
    until = day + random.integers(2, _LONGEST_TRIP_DAYS + 1, trips)
    customers.away_city[traveller] = destination
    customers.away_until[traveller] = until


def _shops(world: World, random: np.random.Generator, city: Integers, habit: Integers) -> Integers:
    """Shops and cash machines: the customer's usual ones, or any of the city."""
    blocks = world.terminals.physical
    usual = habit + random.geometric(_USUAL_SHOP_DECAY, len(city)) - 1
    any_shop = _popular(random, blocks.length[city])
    return blocks.choose(
        city, np.where(random.random(len(city)) < _USUAL_SHOP_SHARE, usual, any_shop)
    )


def _popular(random: np.random.Generator, length: Integers) -> Integers:
    draw = random.random(len(length)) ** _POPULARITY_EXPONENT
    return np.asarray(draw * length, dtype=np.int64)


def _own(
    random: np.random.Generator, customer: Integers, has_second: Booleans, share: float
) -> Integers:
    second = has_second & (random.random(len(customer)) < share)
    return customer * SLOTS_PER_CUSTOMER + second


def _level(world: World, day: int) -> float:
    """What amounts are multiplied by on a day."""
    config = world.config
    is_shifted = day >= config.days - config.shifted_days
    return config.shifted_amount_factor if is_shifted else 1.0


def _amounts(random: np.random.Generator, mean: Floats, category: Integers) -> Integers:
    factor = np.array([category.amount_factor for category in CATEGORIES])[category]
    noise = random.normal(-(_AMOUNT_SPREAD**2) / 2, _AMOUNT_SPREAD, len(mean))
    cents = mean * factor * np.exp(noise)
    within_limit = LARGE_AMOUNT_CENTS * random.uniform(0.1, 1.0, len(mean))
    cents = np.where(cents > LARGE_AMOUNT_CENTS, within_limit, cents)
    notes = np.ceil(cents / 1_000) * 1_000
    cents = np.where(category == ATM_CATEGORY, notes, cents)
    return np.maximum(cents, _SMALLEST_CENTS).astype(np.int64)


def _seconds(random: np.random.Generator, is_online: Booleans, city: Integers) -> Integers:
    """Second of the UTC day: the rhythm holds in the local time of the city."""
    draw = random.random(len(city))
    hour = np.where(
        is_online,
        np.searchsorted(_ONLINE_HOURS.cumsum() / _ONLINE_HOURS.sum(), draw, side="right"),
        np.searchsorted(_SHOP_HOURS.cumsum() / _SHOP_HOURS.sum(), draw, side="right"),
    )
    offset = np.array([place.utc_offset_hours for place in CITIES])[city]
    second = (hour - offset) * _SECONDS_PER_HOUR + random.integers(0, _SECONDS_PER_HOUR, len(city))
    return np.asarray(second % SECONDS_PER_DAY)
