"""How far the streams have got: arrived, delivered, taken in.

Belongs here: reading the three places that know. Does not belong here: showing it.
"""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from sentinel.lake import Lake
from sentinel.ledger import Ledger
from sentinel.settings import Settings
from streaming_ingest.delivery import committed_sequences
from streaming_ingest.endpoints import STREAMED, local_stream, stream_name
from streaming_ingest.local_stream import SHARD

_WAITING = """
    select count(*) from (
        select unnest(?::varchar[]) as batch_id
    ) where batch_id not in (
        select batch_id from run_log.batch_consumption where model = ?
    )
"""
_LAST_MODEL = "intermediate.int_transactions__rules_observed"


@dataclass(frozen=True)
class StreamStatus:
    """One stream.

    Attributes:
        name: of the stream.
        undelivered_bytes: what has arrived and is not committed to the lake; None for a stream
            that does not say.
        batch_count: batches of its dataset in the ledger, from wherever they came.
        latest_at: when the latest of them was committed, UTC; None if there is none.
        waiting_count: batches that the last model of a micro-batch has not taken in; None when the
            warehouse is not there or is being built at the moment.
    """

    name: str
    undelivered_bytes: int | None
    batch_count: int
    latest_at: datetime | None
    waiting_count: int | None


def stream_statuses(settings: Settings, lake: Lake) -> list[StreamStatus]:
    """Every stream's status."""
    found = []
    for dataset in STREAMED:
        entries = list(Ledger(lake).entries(dataset))
        found.append(
            StreamStatus(
                name=stream_name(dataset),
                undelivered_bytes=_undelivered(settings, lake, dataset),
                batch_count=len(entries),
                latest_at=max((entry.delivered_at for entry in entries), default=None),
                waiting_count=_waiting(settings, [entry.batch_id for entry in entries]),
            )
        )
    return found


def _undelivered(settings: Settings, lake: Lake, dataset: str) -> int | None:
    if settings.spec.stream != "folder":
        return None
    committed = committed_sequences(lake, dataset, stream_name(dataset))
    return local_stream(settings, dataset).end() - int(committed.get(SHARD, 0))


def _waiting(settings: Settings, batch_ids: list[str]) -> int | None:
    if not settings.warehouse_file.exists():
        return None
    try:
        with duckdb.connect(str(settings.warehouse_file), read_only=True) as warehouse:
            row = warehouse.execute(_WAITING, [batch_ids, _LAST_MODEL]).fetchone()
    except (duckdb.IOException, duckdb.CatalogException):
        return None  # being built at the moment, or never was
    return int(row[0]) if row else None
