"""The days of the synthetic world, one after another, as they are ingested.

Belongs here: the order of things in a day, and holding back what is ingested later.
Does not belong here: how anything is drawn, and files (`landing.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from sentinel.synthetic import schemas
from sentinel.synthetic.arrays import MICROSECONDS_PER_SECOND
from sentinel.synthetic.behaviour import genuine_events
from sentinel.synthetic.config import SyntheticConfig
from sentinel.synthetic.customers import change_customers, first_customer_versions
from sentinel.synthetic.delivery import deliver
from sentinel.synthetic.events import FRAUD_PATTERNS, Deliveries
from sentinel.synthetic.fraud import with_fraud
from sentinel.synthetic.malformed import MalformedLine, malformed_lines
from sentinel.synthetic.reports import Reports, report, reports_table
from sentinel.synthetic.tables import Values, create_values, transactions_table, truth_table
from sentinel.synthetic.terminals import change_terminals, first_terminal_versions
from sentinel.synthetic.world import World, create_world


@dataclass(frozen=True, slots=True)
class DayOfEvents:
    """What is ingested on one day.

    Transactions and fraud labels are in the order of `ingested_at`; customers and terminals are
    the versions of the day, on the first day also all that were there before. `truth` is about the
    transactions that happened on the day, whenever they are ingested. After the end of the
    period come days that only bring what is late.
    """

    day: date
    transactions: pa.Table
    fraud_labels: pa.Table
    customers: pa.Table
    terminals: pa.Table
    truth: pa.Table
    malformed: list[MalformedLine]
    counts: Counter[str]


@dataclass(frozen=True, slots=True)
class SyntheticData:
    """All days together; `malformed` are raw lines, `malformed_faults` names the fault of each."""

    transactions: pa.Table
    fraud_labels: pa.Table
    customers: pa.Table
    terminals: pa.Table
    truth: pa.Table
    malformed: list[bytes]
    malformed_faults: list[str]
    counts: Counter[str]


def generate(config: SyntheticConfig) -> SyntheticData:
    """Generate everything in memory, about 250 bytes a transaction; larger data by the day."""
    days = list(generate_days(config))
    malformed = [line for day in days for line in day.malformed]
    counts: Counter[str] = Counter()
    for day in days:
        counts.update(day.counts)
    return SyntheticData(
        transactions=pa.concat_tables(day.transactions for day in days),
        fraud_labels=pa.concat_tables(day.fraud_labels for day in days),
        customers=pa.concat_tables(day.customers for day in days),
        terminals=pa.concat_tables(day.terminals for day in days),
        truth=pa.concat_tables(day.truth for day in days),
        malformed=[line.line for line in malformed],
        malformed_faults=[line.fault for line in malformed],
        counts=counts,
    )


def generate_days(config: SyntheticConfig) -> Iterator[DayOfEvents]:
    """Generate day after day, holding no more than a day and what is still to be ingested.

    The days joined together are exactly what `generate` gives.
    """
    world = create_world(config)
    state = _State(world, create_values(world), Deliveries.empty(), Reports.empty())
    for day in range(config.days):
        yield _day_of_period(state, day)
    day = config.days
    while len(state.pending) or len(state.pending_reports):
        later = _ingested_on(state, day)
        if later.transactions.num_rows or later.fraud_labels.num_rows:
            yield later
        day += 1


@dataclass(slots=True)
class _State:
    """What is carried from day to day: held-back rows, and how many rows came before."""

    world: World
    values: Values
    pending: Deliveries
    pending_reports: Reports
    transactions: int = 0
    malformed: int = 0


def _day_of_period(state: _State, day: int) -> DayOfEvents:
    world, values = state.world, state.values
    customers = change_customers(world.config, world.customers, day)
    terminals, changed = change_terminals(world.config, world.terminals, day)
    if day == 0:
        customers = first_customer_versions(world.config, world.customers)
        terminals = first_terminal_versions(world.config, world.terminals)
    events = with_fraud(world, day, genuine_events(world, day), changed)
    number = state.transactions + np.arange(len(events))
    delivered = deliver(world, day, events, number)
    reports, report_counts = report(world, day, events, number, delivered.known_at)
    malformed = malformed_lines(world, values, day, events, state.malformed)
    state.transactions += len(events)
    state.malformed += len(malformed)
    state.pending = Deliveries.concatenate([state.pending, delivered.deliveries])
    state.pending_reports = Reports.concatenate([state.pending_reports, reports])

    counts = Counter(
        transactions=len(events),
        delivered_rows=len(delivered.deliveries),
        malformed=len(malformed),
        customer_versions=customers.num_rows,
        terminal_versions=terminals.num_rows,
    )
    counts.update(delivered.counts)
    counts.update(report_counts)

    counts.update(f"malformed_{line.fault}" for line in malformed)
    by_pattern = np.bincount(events.pattern, minlength=len(FRAUD_PATTERNS) + 1)[1:].tolist()
    counts.update({f"fraud_{n}": c for n, c in zip(FRAUD_PATTERNS, by_pattern, strict=True)})
    return replace(
        _ingested_on(state, day),
        customers=customers,
        terminals=terminals,
        truth=truth_table(values, events, number, delivered),
        malformed=malformed,
        counts=counts,
    )


def _ingested_on(state: _State, day: int) -> DayOfEvents:
    """Release what is ingested by the end of a day, in the order of ingestion."""
    until = state.world.midnight(day + 1) * MICROSECONDS_PER_SECOND
    due = state.pending.ingested < until
    transactions = state.pending.take(due)
    transactions = transactions.take(np.lexsort((transactions.number, transactions.ingested)))
    state.pending = state.pending.take(~due)
    due = state.pending_reports.ingested < until
    reports = state.pending_reports.take(due)
    reports = reports.take(np.lexsort((reports.source, reports.number, reports.ingested)))
    state.pending_reports = state.pending_reports.take(~due)
    return DayOfEvents(
        day=state.world.config.start + timedelta(days=day),
        transactions=transactions_table(state.world, state.values, transactions),
        fraud_labels=reports_table(reports),
        customers=schemas.CUSTOMERS.empty_table(),
        terminals=schemas.TERMINALS.empty_table(),
        truth=schemas.TRUTH.empty_table(),
        malformed=[],
        counts=Counter(),
    )
