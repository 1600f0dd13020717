"""Fraudulent transactions of a day, pattern by pattern, and what they do to the genuine ones.

Belongs here: the five patterns and the order in which they apply.
Does not belong here: choosing victims and days (`fraud_plan.py`), reports of fraud (`reports.py`).

Large amounts, compromised terminals and card-not-present theft follow Le Borgne et al.,
*Reproducible Machine Learning for Credit Card Fraud Detection*, chapter 3. As there, a compromised
terminal overrules a large amount.
"""

from __future__ import annotations

import numpy as np

from sentinel.synthetic.arrays import SECONDS_PER_DAY, Integers
from sentinel.synthetic.behaviour import LARGE_AMOUNT_CENTS, online_terminals
from sentinel.synthetic.events import EntryMode, Events, FraudPattern
from sentinel.synthetic.identities import SLOTS_PER_CUSTOMER
from sentinel.synthetic.random_streams import Stream, random_stream
from sentinel.synthetic.reference import city_distances_km
from sentinel.synthetic.terminals import TerminalDay
from sentinel.synthetic.world import World

THEFT_SHARE = 1 / 3
THEFT_FACTOR = 5
BURST_SIZES = (6, 15)
BURST_AMOUNT_CENTS = (10, 199)
BURST_LONGEST_GAP_SECONDS = 45
IMPOSSIBLE_DISTANCE_KM = 1_000
IMPOSSIBLE_SECONDS = 3_600

_LARGE_AFTER_BURST_SHARE = 0.6
_LARGE_AFTER_BURST_CENTS = (25_000, 90_000)
_LARGE_AFTER_BURST_SECONDS = (120, 3_600)
_LATEST_BURST_SECOND = SECONDS_PER_DAY - 2 * 3_600
#: Terminals stand some way from the centres between which city distances are measured.
_CITY_MARGIN_KM = 100
_SHORTEST_TRAVEL_SECONDS = 60
_TRAVEL_AMOUNT_CENTS = (3_000, LARGE_AMOUNT_CENTS)


def with_fraud(world: World, day: int, genuine: Events, changed: TerminalDay) -> Events:
    """The day's transactions with fraud among them, in order of time."""
    random = random_stream(world.config.seed, Stream.FRAUD, day)
    events = genuine
    _enlarge_amounts(world, random, day, events)
    _steal_card_data(world, random, day, events)
    events = Events.concatenate([events, _card_testing_bursts(world, random, day)])
    events = Events.concatenate([events, _impossible_travels(world, random, day, events, changed)])
    _compromise_terminals(world, day, events)
    _sell_as_before(events, changed)
    return events.take(np.argsort(events.at, kind="stable"))


def _enlarge_amounts(world: World, random: np.random.Generator, day: int, events: Events) -> None:
    count = min(int(world.plan.large_amount_count[day]), len(events))
    chosen = random.choice(max(len(events), 1), size=count, replace=False)
    excess = random.exponential(0.7, count)
    events.cents[chosen] = np.ceil(LARGE_AMOUNT_CENTS * (1 + excess)).astype(np.int64) + 1
    events.pattern[chosen] = FraudPattern.LARGE_AMOUNT


def _steal_card_data(world: World, random: np.random.Generator, day: int, events: Events) -> None:
    stolen = world.plan.is_stolen(events.customer, day) & (random.random(len(events)) < THEFT_SHARE)
    stolen &= events.pattern == FraudPattern.GENUINE
    rows = np.flatnonzero(stolen)
    city = world.customers.city[events.customer[rows]]
    events.cents[rows] *= THEFT_FACTOR
    events.terminal[rows] = online_terminals(world, random, city)
    events.category[rows] = world.terminals.category[events.terminal[rows]]
    events.entry_mode[rows] = EntryMode.ECOMMERCE
    events.device[rows] = world.fraudster_belongings(random, len(rows))
    events.ip[rows] = world.fraudster_belongings(random, len(rows))
    events.pattern[rows] = FraudPattern.CARD_NOT_PRESENT_THEFT


def _card_testing_bursts(world: World, random: np.random.Generator, day: int) -> Events:
    """Bursts of 6 to 15 tiny payments within minutes in one shop; often a large one follows."""
    victim = world.plan.testing_customer[world.plan.testing_day == day]
    bursts = len(victim)
    size = random.integers(BURST_SIZES[0], BURST_SIZES[1] + 1, bursts)
    first = np.concatenate([[0], size.cumsum()])[:-1].astype(np.int64)
    burst = np.repeat(np.arange(bursts), size)
    elapsed = random.integers(0, BURST_LONGEST_GAP_SECONDS + 1, len(burst)).cumsum()
    elapsed -= elapsed[first][burst]
    start = world.midnight(day) + random.integers(0, _LATEST_BURST_SECOND, bursts)
    at = start[burst] + elapsed
    city = world.customers.city[victim]
    shop = online_terminals(world, random, city)
    tests = _card_data_events(world, random, victim=victim, terminal=shop, burst=burst, at=at)
    tests.cents = random.integers(BURST_AMOUNT_CENTS[0], BURST_AMOUNT_CENTS[1] + 1, len(burst))
    followed = np.flatnonzero(random.random(bursts) < _LARGE_AFTER_BURST_SHARE)
    last = first + size - 1
    large = tests.take(last[followed])
    large.cents = random.integers(*_LARGE_AFTER_BURST_CENTS, len(followed))
    large.at = large.at + random.integers(*_LARGE_AFTER_BURST_SECONDS, len(followed))
    large.terminal = online_terminals(world, random, city[followed])
    large.category = world.terminals.category[large.terminal]
    return Events.concatenate([tests, large])


def _card_data_events(
    world: World,
    random: np.random.Generator,
    *,
    victim: Integers,
    terminal: Integers,
    burst: Integers,
    at: Integers,
) -> Events:
    return Events(
        customer=victim[burst],
        card=victim[burst] * SLOTS_PER_CUSTOMER,
        terminal=terminal[burst],
        category=world.terminals.category[terminal[burst]],
        cents=np.zeros(len(burst), dtype=np.int64),
        at=at,
        entry_mode=np.full(len(burst), int(EntryMode.ECOMMERCE)),
        device=world.fraudster_belongings(random, len(victim))[burst],
        ip=world.fraudster_belongings(random, len(victim))[burst],
        pattern=np.full(len(burst), int(FraudPattern.CARD_TESTING_BURST)),
    )


def _impossible_travels(
    world: World, random: np.random.Generator, day: int, events: Events, changed: TerminalDay
) -> Events:
    """A cloned card used far away within the hour, before its holder pays anything else."""
    ordered = events.take(np.lexsort((events.at, events.customer)))
    room = np.minimum(_seconds_to_next(ordered, world.midnight(day + 1)), IMPOSSIBLE_SECONDS)
    possible = (room > _SHORTEST_TRAVEL_SECONDS) & (ordered.pattern == FraudPattern.GENUINE)
    possible &= ~world.terminals.is_online[ordered.terminal]
    possible &= ~np.isin(ordered.terminal, changed.moved)
    candidates = np.flatnonzero(possible)
    count = min(int(world.plan.impossible_travel_count[day]), len(candidates))
    rows = candidates[random.choice(max(len(candidates), 1), size=count, replace=False)]
    travels = ordered.take(rows)
    travels.at = travels.at + random.integers(_SHORTEST_TRAVEL_SECONDS, room[rows])
    city = _far_cities(world, random, world.terminals.city[travels.terminal])
    travels.terminal = world.terminals.physical.choose(city, random.integers(0, 2**31, count))
    travels.category = world.terminals.category[travels.terminal]
    travels.cents = random.integers(*_TRAVEL_AMOUNT_CENTS, count)
    travels.entry_mode = np.full(count, int(EntryMode.MAGNETIC_STRIPE))
    travels.pattern = np.full(count, int(FraudPattern.IMPOSSIBLE_TRAVEL))
    return travels.take(~np.isin(travels.terminal, changed.moved))


def _seconds_to_next(ordered: Events, day_end: int) -> Integers:
    """Seconds to the customer's next transaction or to the end of the day."""
    following = np.full(len(ordered), day_end)
    same_customer = np.flatnonzero(ordered.customer[1:] == ordered.customer[:-1])
    following[same_customer] = ordered.at[same_customer + 1]
    return following - ordered.at


def _far_cities(world: World, random: np.random.Generator, city: Integers) -> Integers:
    distances = city_distances_km(len(world.terminals.physical.length))
    is_far = distances > IMPOSSIBLE_DISTANCE_KM + _CITY_MARGIN_KM
    return np.asarray(np.argmax(random.random((len(city), len(distances))) * is_far[city], axis=1))


def _compromise_terminals(world: World, day: int, events: Events) -> None:
    own_pattern = np.isin(events.pattern, [FraudPattern.GENUINE, FraudPattern.LARGE_AMOUNT])
    compromised = world.plan.is_compromised(events.terminal, day) & own_pattern
    events.pattern[compromised] = FraudPattern.COMPROMISED_TERMINAL


def _sell_as_before(events: Events, changed: TerminalDay) -> None:
    """Give back the former category to what was bought before the takeover on the same day."""
    for terminal, category, at in zip(
        changed.taken_over, changed.former_category, changed.taken_over_at, strict=True
    ):
        events.category[(events.terminal == terminal) & (events.at < at)] = category
