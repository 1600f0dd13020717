"""The customers: where they live, how they spend, and how that changes over the period.

Belongs here: the population as of the current day, its changes and its landing table.
Does not belong here: transactions (`behaviour.py`) and personal data itself (`identities.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

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
from sentinel.synthetic.changes import Changes, plan_first_changes, with_second_changes
from sentinel.synthetic.config import SyntheticConfig
from sentinel.synthetic.identities import personal_columns
from sentinel.synthetic.random_streams import Stream, random_stream
from sentinel.synthetic.reference import CITIES, city_count, city_weights

SEGMENTS = ("mass", "student", "premium", "private", "business")
_SEGMENT_WEIGHTS = (0.62, 0.12, 0.14, 0.04, 0.08)
_HOME_SPREAD_DEGREES = 0.08
_LONGEST_RELATIONSHIP_DAYS = 2_000


class CustomerChange(IntEnum):
    """Kinds of change, in the order of `_CHANGE_WEIGHTS`."""

    HOME = 0
    CONTACT = 1
    SEGMENT = 2
    DELETION = 3


_CHANGE_WEIGHTS = (0.4, 0.3, 0.2, 0.1)


@dataclass(slots=True)
class Customers:
    """The population as of the current day, one array per attribute, and the planned changes.

    `daily_rate` is the mean number of transactions a day, `mean_amount` in hundredths,
    `habit` the place in a city's terminals from which the customer's own ones count.
    """

    city: Integers
    latitude: Floats
    longitude: Floats
    segment: Integers
    contact_version: Integers
    is_deleted: Booleans
    daily_rate: Floats
    mean_amount: Floats
    online_share: Floats
    two_cards: Booleans
    habit: Integers
    ever_deleted: Booleans
    away_city: Integers
    away_until: Integers
    changes: Changes

    def __len__(self) -> int:
        return len(self.city)

    def whereabouts(self, day: int) -> Integers:
        """The city each customer is in on a day: away on a trip, or at home."""
        return np.where(self.away_until > day, self.away_city, self.city)


def create_customers(config: SyntheticConfig) -> Customers:
    """Draw the customers. Spending follows Le Borgne et al., *Reproducible Machine Learning for
    Credit Card Fraud Detection*, chapter 3: amounts with a mean uniform in 5 to 100; the number of
    transactions a day is Poisson with a mean that is uniform over customers.
    """
    random = random_stream(config.seed, Stream.CUSTOMERS)
    size = config.customers
    cities = city_count(config.terminals)
    city = random.choice(cities, size=size, p=city_weights(cities))
    latitude, longitude = _home_areas(random, city)
    activity = random.uniform(0.1, 1.9, size)
    changes = _plan_changes(config)
    ever_deleted = np.zeros(size, dtype=bool)
    ever_deleted[changes.entity[changes.kind == CustomerChange.DELETION]] = True
    return Customers(
        city=city,
        latitude=latitude,
        longitude=longitude,
        segment=random.choice(len(SEGMENTS), size=size, p=_SEGMENT_WEIGHTS),
        contact_version=np.zeros(size, dtype=np.int64),
        is_deleted=np.zeros(size, dtype=bool),
        daily_rate=activity * (config.transactions_per_customer_day / activity.mean()),
        mean_amount=random.uniform(500, 10_000, size),
        online_share=random.beta(2, 5, size),
        two_cards=random.random(size) < 0.3,
        habit=random.integers(0, 2**31, size),
        ever_deleted=ever_deleted,
        away_city=city.copy(),
        away_until=np.zeros(size, dtype=np.int64),
        changes=changes,
    )


def _plan_changes(config: SyntheticConfig) -> Changes:
    random = random_stream(config.seed, Stream.CUSTOMER_CHANGES)
    first = plan_first_changes(
        random, config.customers, config.customer_change_rate, config.days, _CHANGE_WEIGHTS
    )
    return with_second_changes(
        random, first, config.days, CustomerChange.CONTACT, CustomerChange.DELETION
    )


def _home_areas(random: np.random.Generator, city: Integers) -> tuple[Floats, Floats]:
    latitude = np.array([place.latitude for place in CITIES])[city]
    longitude = np.array([place.longitude for place in CITIES])[city]
    latitude = latitude + random.normal(0, _HOME_SPREAD_DEGREES, len(city))
    longitude = longitude + random.normal(0, _HOME_SPREAD_DEGREES, len(city))
    return np.round(latitude, 1), np.round(longitude, 1)


def first_customer_versions(config: SyntheticConfig, customers: Customers) -> pa.Table:
    """The landing table of all customers as they were before the period."""
    random = random_stream(config.seed, Stream.CUSTOMER_CHANGES, config.days)
    age = random.integers(1, _LONGEST_RELATIONSHIP_DAYS * SECONDS_PER_DAY, len(customers))
    return _customers_table(customers, np.arange(len(customers)), config.start_seconds - age)


def change_customers(config: SyntheticConfig, customers: Customers, day: int) -> pa.Table:
    """Apply the changes of a day in place and give their landing rows."""
    random = random_stream(config.seed, Stream.CUSTOMER_CHANGES, day)
    changes = customers.changes.of_day(day)
    moved = changes.entity[changes.kind == CustomerChange.HOME]
    if len(moved):
        cities = city_count(config.terminals)
        customers.city[moved] = random.choice(cities, size=len(moved), p=city_weights(cities))
        home = _home_areas(random, customers.city[moved])
        customers.latitude[moved], customers.longitude[moved] = home
    customers.contact_version[changes.entity[changes.kind == CustomerChange.CONTACT]] += 1
    resegmented = changes.entity[changes.kind == CustomerChange.SEGMENT]
    step = random.integers(1, len(SEGMENTS), len(resegmented))
    customers.segment[resegmented] = (customers.segment[resegmented] + step) % len(SEGMENTS)
    customers.is_deleted[changes.entity[changes.kind == CustomerChange.DELETION]] = True
    midnight = config.start_seconds + day * SECONDS_PER_DAY
    return _customers_table(customers, changes.entity, midnight + changes.second)


def customer_identifiers(count: int) -> pa.StringArray:
    """The identifiers of all customers, by position."""
    return identifiers("C", np.arange(count), 8)


def _customers_table(customers: Customers, rows: Integers, updated_seconds: Integers) -> pa.Table:
    city_countries = pa.array([place.country_code for place in CITIES])
    country = choose(city_countries, customers.city[rows])
    columns = {
        "customer_id": identifiers("C", rows, 8),
        **personal_columns(rows, customers.contact_version[rows], country),
        "segment": choose(pa.array(SEGMENTS), customers.segment[rows]),
        "home_country_code": country,
        "home_latitude": pa.array(customers.latitude[rows]),
        "home_longitude": pa.array(customers.longitude[rows]),
        "is_deleted": pa.array(customers.is_deleted[rows]),
        "updated_at": timestamps(updated_seconds * MICROSECONDS_PER_SECOND),
    }
    return pa.table(columns, schema=schemas.CUSTOMERS)
