"""Broken transaction lines, as they come from real feeds, and what is broken in each.

Belongs here: the ways in which a JSON line can be unfit, each exactly one fault.
Does not belong here: finding the faults again, which is what ingestion is tested for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from sentinel.synthetic.arrays import MICROSECONDS_PER_SECOND
from sentinel.synthetic.events import Deliveries, Events
from sentinel.synthetic.random_streams import Stream, random_stream
from sentinel.synthetic.schemas import JSON_TIMESTAMP_FORMAT
from sentinel.synthetic.tables import Values, transactions_table
from sentinel.synthetic.world import World

#: Numbers of malformed lines start here, so that none is the number of a good transaction.
_FIRST_NUMBER = 9_000_000_000

Record = dict[str, Any]


class MalformedLine(NamedTuple):
    """A raw line and the name of its fault."""

    fault: str
    line: bytes


def _truncated_json(record: Record, draw: float) -> bytes:
    line = _encoded(record)
    return line[: max(1, int(len(line) * (0.1 + 0.8 * draw)))]


def _missing_transaction_id(record: Record, _draw: float) -> bytes:
    return _encoded({k: v for k, v in record.items() if k != "transaction_id"})


def _negative_amount(record: Record, _draw: float) -> bytes:
    return _encoded({**record, "amount": -record["amount"]})


def _not_a_number_amount(record: Record, draw: float) -> bytes:
    return _encoded({**record, "amount": float("nan") if draw < 0.5 else "NaN"})


def _unparsable_timestamp(record: Record, draw: float) -> bytes:
    values = ("31/02/2025 25:61", "yesterday", "0000-00-00T00:00:00Z", "")
    return _encoded({**record, "transaction_at": values[int(draw * len(values))]})


def _event_after_ingestion(record: Record, draw: float) -> bytes:
    ingested_at = datetime.strptime(record["ingested_at"], JSON_TIMESTAMP_FORMAT)
    future = ingested_at.replace(microsecond=0) + timedelta(days=1 + round(400 * draw))
    return _encoded({**record, "transaction_at": future.strftime(JSON_TIMESTAMP_FORMAT)})


def _unknown_channel(record: Record, draw: float) -> bytes:
    return _encoded({**record, "channel": ("telepathy", "CARD PRESENT", "1")[int(draw * 3)]})


FAULTS: Mapping[str, Callable[[Record, float], bytes]] = {
    "truncated_json": _truncated_json,
    "missing_transaction_id": _missing_transaction_id,
    "negative_amount": _negative_amount,
    "not_a_number_amount": _not_a_number_amount,
    "unparsable_timestamp": _unparsable_timestamp,
    "event_after_ingestion": _event_after_ingestion,
    "unknown_channel": _unknown_channel,
}


def malformed_lines(
    world: World, values: Values, day: int, events: Events, already: int
) -> list[MalformedLine]:
    """Draw a day's malformed lines: good transactions, each broken in one way.

    `already` counts the lines of earlier days: faults take turns, so that few lines show all.
    """
    random = random_stream(world.config.seed, Stream.MALFORMED, day)
    count = int(random.binomial(len(events), world.config.malformed_rate))
    if count == 0:
        return []
    chosen = events.take(random.integers(0, len(events), count))
    number = _FIRST_NUMBER + already + np.arange(count)
    delay = random.integers(MICROSECONDS_PER_SECOND, 10 * MICROSECONDS_PER_SECOND, count)
    rows = Deliveries.of(chosen, number, chosen.at * MICROSECONDS_PER_SECOND + delay)
    records = transactions_table(world, values, rows).to_pylist()
    faults = list(FAULTS)
    lines = []
    for position, (record, draw) in enumerate(
        zip(records, random.random(count).tolist(), strict=True)
    ):
        fault = faults[(already + position) % len(faults)]
        lines.append(MalformedLine(fault, FAULTS[fault](_plain(record), draw)))
    return lines


def _plain(record: Record) -> Record:
    return {name: _plain_value(value) for name, value in record.items()}


def _plain_value(value: object) -> object:
    """A value as `landing.py` writes it: amounts are numbers, two decimals being exact in them."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.strftime(JSON_TIMESTAMP_FORMAT)
    return value


def _encoded(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()
