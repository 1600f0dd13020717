"""Who will be a victim of fraud, and when: drawn once for the whole period.

Belongs here: how many incidents of each pattern there are, their days and their victims.
Does not belong here: the fraudulent transactions themselves (`fraud.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentinel.synthetic.arrays import Booleans, Floats, Integers
from sentinel.synthetic.config import SyntheticConfig
from sentinel.synthetic.customers import Customers
from sentinel.synthetic.random_streams import Stream, random_stream
from sentinel.synthetic.terminals import Terminals

#: Le Borgne et al., *Reproducible Machine Learning for Credit Card Fraud Detection*, chapter 3.
COMPROMISED_DAYS = 28
THEFT_DAYS = 14

_NEVER = 2**31
_FRAUDSTERS_PER_CUSTOMER = 20
_FEWEST_FRAUDSTERS = 20


@dataclass(frozen=True, slots=True)
class FraudPlan:
    """Days count from the start of the period.

    `compromised_from` (per terminal) and `theft_from` (per customer) are the first bad day;
    `testing_day` and `testing_customer` list bursts; the counts are incidents per day.
    """

    compromised_from: Integers
    theft_from: Integers
    testing_day: Integers
    testing_customer: Integers
    large_amount_count: Integers
    impossible_travel_count: Integers
    fraudster_count: int

    def is_compromised(self, terminal: Integers, day: int) -> Booleans:
        """Whether terminals are in their 28 compromised days."""
        since = day - self.compromised_from[terminal]
        return np.asarray((since >= 0) & (since < COMPROMISED_DAYS))

    def is_stolen(self, customer: Integers, day: int) -> Booleans:
        """Whether customers are in the 14 days after the theft of their card data."""
        since = day - self.theft_from[customer]
        return np.asarray((since >= 0) & (since < THEFT_DAYS))


def plan_fraud(config: SyntheticConfig, customers: Customers, terminals: Terminals) -> FraudPlan:
    """Draw the plan. Victims are customers and terminals that stay to the end of the period, the
    busier the likelier: the busy are more exposed, and small data still holds every pattern.
    """
    random = random_stream(config.seed, Stream.FRAUD_PLAN)
    expected = config.customers * config.transactions_per_customer_day * config.days
    exposure = customers.daily_rate * ~customers.ever_deleted
    tests = _incidents(config.card_testing_daily_rate * config.customers * config.days)
    tests = tests if exposure.any() else 0
    return FraudPlan(
        compromised_from=_first_days(
            random,
            config.compromised_terminal_daily_rate,
            _traffic(customers, terminals) * ~terminals.ever_deleted,
            config.days,
        ),
        theft_from=_first_days(
            random, config.card_not_present_theft_daily_rate, exposure, config.days
        ),
        testing_day=random.integers(0, config.days, tests),
        testing_customer=_victims(random, exposure, tests, replace=True),
        large_amount_count=_per_day(random, config.large_amount_rate * expected, config.days),
        impossible_travel_count=_per_day(
            random, config.impossible_travel_rate * expected, config.days
        ),
        fraudster_count=max(_FEWEST_FRAUDSTERS, config.customers // _FRAUDSTERS_PER_CUSTOMER),
    )


def _traffic(customers: Customers, terminals: Terminals) -> Floats:
    """Expected transactions a day at each terminal; none online, where no card is skimmed."""
    cities = len(terminals.physical.length)
    spent = np.bincount(customers.city, weights=customers.daily_rate, minlength=cities)
    return np.asarray((spent / terminals.physical.length)[terminals.city] * ~terminals.is_online)


def _incidents(expected: float) -> int:
    return max(1, round(expected)) if expected > 0 else 0


def _victims(
    random: np.random.Generator, exposure: Floats, size: int, *, replace: bool
) -> Integers:
    if size == 0:
        return np.empty(0, dtype=np.int64)
    return random.choice(len(exposure), size=size, replace=replace, p=exposure / exposure.sum())


def _first_days(
    random: np.random.Generator, daily_rate: float, exposure: Floats, days: int
) -> Integers:
    """The first bad day of each entity. One incident starts in the first third of the period,
    so that some incident has its full length even in short data.
    """
    size = min(_incidents(daily_rate * len(exposure) * days), int(np.count_nonzero(exposure)))
    first_day = np.full(len(exposure), _NEVER)
    day = random.integers(0, days, size)
    day[:1] //= 3
    first_day[_victims(random, exposure, size, replace=False)] = day
    return first_day


def _per_day(random: np.random.Generator, expected: float, days: int) -> Integers:
    return np.bincount(random.integers(0, days, _incidents(expected)), minlength=days)
