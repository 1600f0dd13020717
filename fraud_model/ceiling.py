"""The most that could be found: an oracle under label delay.

Belongs here: what shows about a fraud by its time. Does not belong here: models.

The oracle knows the truth about every transaction of which anything shows by then, and nothing
about the others. A fraud shows when its terminal or customer has another fraud that is known by its
time, or when its amount is above everything that the customer paid in thirty days before. A model
may guess better among the others by what else is unusual; one that is far above this saw a label
too early.
"""

import numpy as np

from fraud_model.examples import MICROSECONDS_PER_DAY, Examples, Floats, History, Integers
from fraud_model.leak_checks import Groups

_AMOUNT_DAYS = 30
_LABEL_DAYS = 37
"""Days that a known fraud is telling: a month, and the delay before it is known."""


def oracle_scores(history: History, test: Examples) -> Floats:
    """1 for a fraud of which something shows by its time, 0 for everything else."""
    rows = history.transactions
    position_of = _positions(rows, test)
    by_customer = Groups(rows.customers)
    known_terminals = rows.terminals[history.reports.transactions]
    known_customers = rows.customers[history.reports.transactions]
    scores = np.zeros(len(test), dtype=np.float64)
    for number in np.flatnonzero(test.is_fraud):
        now = test.times[number]
        is_known = (history.reports.known_from <= now) & (history.reports.known_until > now)
        is_known &= rows.times[history.reports.transactions] > (
            now - _LABEL_DAYS * MICROSECONDS_PER_DAY
        )
        shows = (
            (test.terminals[number] == known_terminals[is_known]).any()
            or (test.customers[number] == known_customers[is_known]).any()
            or _is_greatest(rows, by_customer, int(position_of[number]))
        )
        scores[number] = float(shows)
    return scores


def _is_greatest(rows: Examples, by_customer: Groups, position: int) -> bool:
    earlier = by_customer.until(int(rows.customers[position]), position)[:-1]
    since = rows.times[position] - _AMOUNT_DAYS * MICROSECONDS_PER_DAY
    amounts = rows.amounts[earlier[rows.times[earlier] > since]]
    return bool(len(amounts)) and bool(rows.amounts[position] > amounts.max())


def _positions(rows: Examples, test: Examples) -> Integers:
    """Where the test rows stand in the history."""
    import pyarrow.compute as pc

    found = pc.index_in(test.transaction_ids, value_set=rows.transaction_ids)
    return np.asarray(found, dtype=np.int64)
