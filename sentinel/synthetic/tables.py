"""Landing tables of transactions, and the truth, from arrays.

Belongs here: turning codes and positions into the values a bank hands over.
Does not belong here: drawing values, and files (`landing.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sentinel.synthetic import schemas
from sentinel.synthetic.arrays import (
    MICROSECONDS_PER_SECOND,
    Integers,
    choose,
    decimals,
    identifiers,
    timestamps,
)
from sentinel.synthetic.customers import customer_identifiers
from sentinel.synthetic.delivery import DeliveredDay
from sentinel.synthetic.events import CHANNELS, ENTRY_MODES, FRAUD_PATTERNS, Deliveries, Events
from sentinel.synthetic.identities import (
    SLOTS_PER_CUSTOMER,
    card_numbers,
    device_identifiers,
    ip_addresses,
)
from sentinel.synthetic.reference import ATM_CATEGORY, CATEGORIES, CITIES
from sentinel.synthetic.terminals import terminal_identifiers
from sentinel.synthetic.world import World

_CARD_PRESENT, _CARD_NOT_PRESENT, _ATM = range(len(CHANNELS))


@dataclass(frozen=True, slots=True)
class Values:
    """The strings that positions stand for, made once."""

    customers: pa.StringArray
    terminals: pa.StringArray
    cards: pa.StringArray
    devices: pa.StringArray
    ips: pa.StringArray
    currencies: pa.StringArray
    countries: pa.StringArray
    category_codes: pa.StringArray
    channels: pa.StringArray
    entry_modes: pa.StringArray


def create_values(world: World) -> Values:
    """The strings for a world's customers, terminals and belongings."""
    return Values(
        customers=customer_identifiers(len(world.customers)),
        terminals=terminal_identifiers(len(world.terminals)),
        cards=card_numbers(SLOTS_PER_CUSTOMER * len(world.customers)),
        devices=device_identifiers(world.belongings_count),
        ips=ip_addresses(world.belongings_count),
        currencies=pa.array([city.currency for city in CITIES]),
        countries=pa.array([city.country_code for city in CITIES]),
        category_codes=pa.array([category.code for category in CATEGORIES]),
        channels=pa.array(CHANNELS),
        entry_modes=pa.array(ENTRY_MODES),
    )


def transaction_identifiers(number: Integers) -> pa.StringArray:
    """Identifiers of transactions, in the order of their numbers."""
    return identifiers("T", number, 10)


def transactions_table(world: World, values: Values, rows: Deliveries) -> pa.Table:
    """The landing table of deliveries.

    Country and currency are those of the terminal, which never leaves its country.
    """
    is_online = world.terminals.is_online[rows.terminal]
    city = world.terminals.city[rows.terminal]
    at_machine = np.where(rows.category == ATM_CATEGORY, _ATM, _CARD_PRESENT)
    columns = {
        "transaction_id": transaction_identifiers(rows.number),
        "customer_id": choose(values.customers, rows.customer),
        "card_number": choose(values.cards, rows.card),
        "terminal_id": choose(values.terminals, rows.terminal),
        "currency": choose(values.currencies, city),
        "channel": choose(values.channels, np.where(is_online, _CARD_NOT_PRESENT, at_machine)),
        "entry_mode": choose(values.entry_modes, rows.entry_mode),
        "country_code": choose(values.countries, city),
        "device_id": choose(values.devices, rows.device),
        "ip_address": choose(values.ips, rows.ip),
        "merchant_category_code": choose(values.category_codes, rows.category),
        "amount": decimals(rows.cents),
        "transaction_at": timestamps(rows.at * MICROSECONDS_PER_SECOND),
        "ingested_at": timestamps(rows.ingested),
    }
    return pa.table(columns, schema=schemas.TRANSACTIONS)


def truth_table(
    values: Values, events: Events, number: Integers, delivered: DeliveredDay
) -> pa.Table:
    """The truth about the transactions of a day, one row each."""
    columns = {
        "transaction_id": transaction_identifiers(number),
        "customer_id": choose(values.customers, events.customer),
        "terminal_id": choose(values.terminals, events.terminal),
        "fraud_pattern": choose(pa.array(FRAUD_PATTERNS), events.pattern - 1),
        "amount": decimals(events.cents),
        "delivered_version_count": pa.array(delivered.versions.astype(np.int32)),
        "delivered_row_count": pa.array(delivered.rows.astype(np.int32)),
        "is_fraud": pa.array(events.pattern > 0),
        "transaction_at": timestamps(events.at * MICROSECONDS_PER_SECOND),
    }
    return pa.table(columns, schema=schemas.TRUTH)
