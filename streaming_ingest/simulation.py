"""Playing transactions into a stream, as if they happened now.

Belongs here: which records are played, and when. Does not belong here: streams, and what becomes of
the records.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from sentinel.errors import SentinelError
from sentinel.lake import Lake
from sentinel.ledger import Ledger, utc_now
from sentinel.live_files import LiveFiles
from sentinel.synthetic import SyntheticConfig, generate_days
from streaming_ingest.producers import Producer

_ROWS_AT_ONCE = 10_000
_LONGEST_CHUNK_SECONDS = 0.25
_MOST_AT_ONCE = 5_000


@dataclass(frozen=True)
class Tempo:
    """How fast to play.

    Attributes:
        rate: records a second. Alone it spreads them evenly; with a speed it is the most there may
            be, and what comes faster waits: the play falls behind in a rush and catches up after.
        speed: how many seconds of the events pass in one second of the play; None: with a rate
            the events' distances do not count, without one they are kept as they are.
        most: so many records, then stop; None: until the source ends.
    """

    rate: float | None = None
    speed: float | None = None
    most: int | None = None

    def second(self, number: int, apart: float, before: float) -> float:
        """The second of the play at which a record happens.

        Args:
            number: how many records were played before it.
            apart: seconds of its event after the first one.
            before: second at which the record before it happens; this one is not earlier.
        """
        if self.rate and self.speed is None:
            return number / self.rate
        second = max(before, apart / (self.speed or 1.0))
        if self.rate and number:
            return max(second, before + 1 / self.rate)
        return second


def generated_transactions(seed: int = 1, customers: int = 1_000) -> Iterator[pa.Table]:
    """Synthetic transactions day by day, in the order in which they arrive, without an end.

    Args:
        seed: other seeds give other transactions of the same customers.
        customers: how many there are, with two terminals for each.
    """
    while True:
        config = SyntheticConfig.preset(
            "demo", seed=seed, customers=customers, terminals=2 * customers
        )
        for day in generate_days(config):
            yield day.transactions
        seed += 1


def landed_transactions(lake: Lake) -> Iterator[pa.Table]:
    """Transactions of the raw zone by day of the event, each day in the order of event time.

    Raises:
        SentinelError: when the lake has none, or is not in a folder.
    """
    if not lake.is_local:
        raise SentinelError("landed transactions are played from a folder: copy the days you need.")
    days: dict[Any, list[str]] = {}
    for file in LiveFiles(lake, "transactions").of(Ledger(lake).entries("transactions")):
        days.setdefault(file.event_date, []).append(lake.url(file.path))
    if not days:
        raise SentinelError(
            "no transactions have landed yet: `sentinel land` or `make demo` first."
        )
    for day in sorted(days):
        yield ds.dataset(days[day]).to_table().sort_by("transaction_at")


def records(tables: Iterator[pa.Table]) -> Iterator[dict[str, Any]]:
    """Rows as records of a producer: without what the lake adds, nulls left out."""
    for table in tables:
        for batch in _as_produced(table).to_batches(_ROWS_AT_ONCE):
            for row in batch.to_pylist():
                yield {name: value for name, value in row.items() if value is not None}


def _as_produced(table: pa.Table) -> pa.Table:
    columns = {}
    for name in table.column_names:
        if name.startswith("_") or name in ("ingested_at", "event_date"):
            continue
        values = table.column(name)
        is_decimal = pa.types.is_decimal(values.type)
        columns[name] = pc.cast(values, pa.float64()) if is_decimal else values
    return pa.table(columns)


def as_of_now(
    rows: Iterator[dict[str, Any]], tempo: Tempo, started_at: datetime
) -> Iterator[tuple[float, dict[str, Any]]]:
    """Each record with the second of the play at which it happens, made anew for this play.

    It gets that time as its event time, and an identifier of its own: a play is new traffic, not
    old transactions once more.
    """
    run = f"{started_at:%Y%m%d%H%M%S}"
    first: datetime | None = None
    latest = 0.0
    for number, row in enumerate(rows):
        if tempo.most is not None and number >= tempo.most:
            return
        at = row["transaction_at"]
        first = first or at
        latest = tempo.second(number, (at - first).total_seconds(), latest)
        row["transaction_id"] = f"{row['transaction_id']}-{run}-{number}"
        row["transaction_at"] = started_at + timedelta(seconds=latest)
        yield latest, row


def play(
    producer: Producer,
    rows: Iterator[dict[str, Any]],
    tempo: Tempo,
    on_sent: Callable[[int], None] = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
    clock: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Sends records at their time, until they end or it is stopped; returns how many were sent.

    Raises:
        StreamError: when neither the stream nor the spool takes them.
    """
    started_at = clock()
    encoder = msgspec.json.Encoder()
    waiting: list[tuple[str, bytes]] = []
    sent, first, last = 0, 0.0, 0.0

    def send() -> None:
        nonlocal sent
        # Not before the last of them has happened: no event comes from the future.
        ahead = last - (clock() - started_at).total_seconds()
        if ahead > 0:
            sleep(ahead)
        for key, data in waiting:
            producer.put(key, data)
        producer.flush()
        sent += len(waiting)
        waiting.clear()
        on_sent(sent)

    for second, row in as_of_now(rows, tempo, started_at):
        is_full = len(waiting) >= _MOST_AT_ONCE
        if waiting and (is_full or second - first > _LONGEST_CHUNK_SECONDS):
            send()
            if is_stopped():
                break
        if not waiting:
            first = second
        last = second
        waiting.append((str(row["customer_id"]), encoder.encode(row)))
    if waiting:
        send()
    return sent
