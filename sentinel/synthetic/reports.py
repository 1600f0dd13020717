"""Reports of fraud: who reports what and when, rightly or wrongly, and reversals.

Belongs here: reporting shares and delays, and the landing table of reports.
Does not belong here: what was fraud (`fraud.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

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
    timestamps,
)
from sentinel.synthetic.events import Events, FraudPattern, Rows
from sentinel.synthetic.random_streams import Stream, random_stream
from sentinel.synthetic.tables import transaction_identifiers
from sentinel.synthetic.world import World

LABEL_SOURCES = ("analyst", "customer_report", "chargeback")
FRAUD_TYPES = ("stolen_card", "counterfeit_card", "card_not_present", "card_testing")

_ANALYST, _CHARGEBACK = 0, 2
_FRAUD_SOURCE_SHARES = (0.2, 0.4, 0.4)
_FALSE_SOURCE_SHARES = (0.25, 0.6, 0.15)
#: Analysts take hours, customers days (they read statements), chargebacks weeks (they are a
#: procedure); together the median is about a week, the label delay of the published baseline.
_MEDIAN_DELAY_DAYS = np.array([8 / 24, 5.0, 18.0])
_DELAY_SPREAD = np.array([0.8, 0.7, 0.45])
_SHORTEST_DELAY_SECONDS = 300
_CHARGEBACK_FOLLOWS_SHARE = 0.25
_CHARGEBACK_FOLLOWS_DAYS = 12.0
_REVERSAL_DAYS = 6.0
_FOLLOWING_SPREAD = 0.5
_UNNAMED_SHARE = 0.1
_FEED_DELAY_SECONDS = 600

_TYPE_OF_PATTERN = np.array([-1, 0, 1, 2, 3, 1])
_NO_TYPE = -1
_NO_END = 2**62


@dataclass(slots=True)
class Reports(Rows):
    """Reports about transactions; `reported` is in seconds, `ingested` in microseconds."""

    number: Integers
    source: Integers
    fraud_type: Integers
    is_fraud: Booleans
    reported: Integers
    ingested: Integers


def report(
    world: World, day: int, events: Events, number: Integers, known_at: Integers
) -> tuple[Reports, Counter[str]]:
    """Draw all reports ever made about a day's transactions, and count those that are kept.

    Reports made after the end of the period are left out unless the configuration keeps them.
    """
    config = world.config
    random = random_stream(config.seed, Stream.REPORTS, day)
    is_fraud = events.pattern != FraudPattern.GENUINE
    draw = random.random(len(events))
    true_rows = np.flatnonzero(is_fraud & (draw < config.report_rate))
    false_rows = np.flatnonzero(~is_fraud & (draw < config.false_report_rate))

    types = _TYPE_OF_PATTERN[events.pattern[true_rows]]
    types[random.random(len(types)) < _UNNAMED_SHARE] = _NO_TYPE
    true = _first_reports(
        random, number[true_rows], known_at[true_rows], types, _FRAUD_SOURCE_SHARES
    )
    escalated = (true.source != _CHARGEBACK) & (
        random.random(len(true)) < _CHARGEBACK_FOLLOWS_SHARE
    )
    chargebacks = _following(random, true.take(escalated), _CHARGEBACK, _CHARGEBACK_FOLLOWS_DAYS)
    supposed = random.integers(0, len(FRAUD_TYPES), len(false_rows))
    false = _first_reports(
        random, number[false_rows], known_at[false_rows], supposed, _FALSE_SOURCE_SHARES
    )
    reversed_later = random.random(len(false)) < config.reversal_rate
    reversals = _following(random, false.take(reversed_later), _ANALYST, _REVERSAL_DAYS)
    reversals.is_fraud = np.zeros(len(reversals), dtype=bool)
    reversals.fraud_type = np.full(len(reversals), _NO_TYPE)
    return _kept(world, [true, chargebacks, false, reversals])


def _kept(world: World, parts: Sequence[Reports]) -> tuple[Reports, Counter[str]]:
    names = ("fraud_reports", "fraud_reports", "false_reports", "reversals")
    end = world.midnight(world.config.days)
    counts: Counter[str] = Counter()
    kept = []
    for name, part in zip(names, parts, strict=True):
        known = part.reported < (_NO_END if world.config.include_future_reports else end)
        kept.append(part.take(known))
        counts[name] += len(kept[-1])
    return Reports.concatenate(kept), counts


def _first_reports(
    random: np.random.Generator,
    number: Integers,
    known_at: Integers,
    fraud_type: Integers,
    source_shares: Sequence[float],
) -> Reports:
    source = random.choice(len(LABEL_SOURCES), size=len(number), p=source_shares)
    wait = _wait_seconds(random, _MEDIAN_DELAY_DAYS[source], _DELAY_SPREAD[source])
    reported = known_at + wait
    return Reports(
        number=number,
        source=source,
        fraud_type=fraud_type,
        is_fraud=np.ones(len(number), dtype=bool),
        reported=reported,
        ingested=_ingested(random, reported),
    )


def _following(
    random: np.random.Generator, earlier: Reports, source: int, median_days: float
) -> Reports:
    """A later report by another source about the same transactions."""
    size = len(earlier)
    reported = earlier.reported + _wait_seconds(
        random, np.full(size, median_days), np.full(size, _FOLLOWING_SPREAD)
    )
    return Reports(
        number=earlier.number,
        source=np.full(size, source),
        fraud_type=earlier.fraud_type,
        is_fraud=earlier.is_fraud,
        reported=reported,
        ingested=_ingested(random, reported),
    )


def _wait_seconds(random: np.random.Generator, median_days: Floats, spread: Floats) -> Integers:
    days = median_days * np.exp(random.normal(0, 1, len(median_days)) * spread)
    return np.maximum((days * SECONDS_PER_DAY).astype(np.int64), _SHORTEST_DELAY_SECONDS)


def _ingested(random: np.random.Generator, reported: Integers) -> Integers:
    feed = random.exponential(_FEED_DELAY_SECONDS, len(reported)) * MICROSECONDS_PER_SECOND
    return reported * MICROSECONDS_PER_SECOND + feed.astype(np.int64) + MICROSECONDS_PER_SECOND


def reports_table(rows: Reports) -> pa.Table:
    """The landing table of reports."""
    columns = {
        "transaction_id": transaction_identifiers(rows.number),
        "label_source": choose(pa.array(LABEL_SOURCES), rows.source),
        "fraud_type": choose(pa.array(FRAUD_TYPES), rows.fraud_type),
        "is_fraud": pa.array(rows.is_fraud),
        "reported_at": timestamps(rows.reported * MICROSECONDS_PER_SECOND),
        "ingested_at": timestamps(rows.ingested),
    }
    return pa.table(columns, schema=schemas.FRAUD_LABELS)
