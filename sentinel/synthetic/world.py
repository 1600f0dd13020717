"""The synthetic world as of one day: who there is and what will befall them.

Belongs here: putting configuration, populations and the fraud plan together.
Does not belong here: transactions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentinel.synthetic.arrays import SECONDS_PER_DAY, Integers
from sentinel.synthetic.config import SyntheticConfig
from sentinel.synthetic.customers import Customers, create_customers
from sentinel.synthetic.fraud_plan import FraudPlan, plan_fraud
from sentinel.synthetic.identities import SLOTS_PER_CUSTOMER
from sentinel.synthetic.terminals import Terminals, create_terminals


@dataclass(frozen=True, slots=True)
class World:
    """Everything that transactions are drawn from. The populations change from day to day."""

    config: SyntheticConfig
    customers: Customers
    terminals: Terminals
    plan: FraudPlan

    def midnight(self, day: int) -> int:
        """Seconds from 1970 to the beginning of a day of the period."""
        return self.config.start_seconds + day * SECONDS_PER_DAY

    def fraudster_belongings(self, random: np.random.Generator, size: int) -> Integers:
        """Devices or addresses of fraudsters, which come after those of customers."""
        own = SLOTS_PER_CUSTOMER * len(self.customers)
        return own + random.integers(0, self.plan.fraudster_count, size)

    @property
    def belongings_count(self) -> int:
        """How many devices, and how many addresses, there are."""
        return SLOTS_PER_CUSTOMER * len(self.customers) + self.plan.fraudster_count


def create_world(config: SyntheticConfig) -> World:
    """The world on the eve of the period."""
    customers = create_customers(config)
    terminals = create_terminals(config)
    return World(config, customers, terminals, plan_fraud(config, customers, terminals))
