"""Customers and terminals that no file carries, made from the transactions in the lake.

Belongs here: one version for each id, from its first transaction on. Does not belong here:
attributes: what is not in the transactions is not known. It reads committed batches, as a set
difference against those it has consumed: whatever was interrupted is caught up.
"""

import time
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from batch_ingest.drift import Drift
from batch_ingest.load import Load
from batch_ingest.report import Progress
from sentinel.contracts import Contract, contract
from sentinel.ledger import Extract, LedgerEntry
from sentinel.live_files import LiveFiles
from sentinel.transform import Arriving

_REDUCED_FROM_ROWS = 500_000
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("seen_at", pa.timestamp("us")),
        ("_ingested_at", pa.timestamp("us")),
    ]
)
_IDS = {"customers": "customer_id", "terminals": "terminal_id"}


def land_entities(load: Load, dataset: str) -> None:
    """Delivers the entities that the mapping's transactions name for the first time."""
    started = time.monotonic()
    derived = load.mapping.entities[dataset]
    parent = load.mapping.datasets[derived.of]
    mapping_hash = load.mapping.hash_of(dataset)
    history = load.history.feed(dataset, dataset)
    consumed = {each for batch in history.batches for each in batch.extract.consumed}
    fresh = [
        batch.entry
        for batch in load.history.feed(parent.dataset, derived.of).batches
        if batch.entry.batch_id not in consumed
    ]
    load.tell(Progress(dataset, dataset))
    if not fresh:
        return
    known = _first_seen(load, contract(dataset), (batch.entry for batch in history.batches))
    found = _first_seen(load, parent.contract, fresh, _IDS[dataset])
    records = _news(found, known, _IDS[dataset])
    ids = tuple(sorted(entry.batch_id for entry in fresh))
    origin = f"derived from {derived.of}"
    load.deliver(
        contract(dataset),
        Arriving(
            batch_id=load.batch_id(mapping_hash, dataset, *ids),
            source=origin,
            records=records,
            received_at=load.received_at,
        ),
        Extract(
            mapping=load.mapping.name, mapping_hash=mapping_hash, feed=dataset, origin=origin,
            consumed=ids,
        ),
        Drift(),
    )  # fmt: skip
    load.history.forget(dataset)
    load.report.of(dataset).seconds += time.monotonic() - started
    load.tell(Progress(dataset, dataset, row_count=records.num_rows))


def _first_seen(
    load: Load, read: Contract, entries: Iterable[LedgerEntry], name: str | None = None
) -> pa.Table:
    """Each id with its earliest event time and the ingestion time of that record."""
    column = name or read.key[0]
    wanted = [column, read.event_time, "_ingested_at"]
    held, row_count = [_SCHEMA.empty_table()], 0
    live = LiveFiles(load.lake, read.dataset)
    for entry in entries:
        if not entry.files:
            continue
        table = live.records(entry, wanted)
        held.append(table.rename_columns(_SCHEMA.names).cast(_SCHEMA))
        row_count += table.num_rows
        if row_count > _REDUCED_FROM_ROWS:
            held, row_count = [_earliest(held)], 0
    return _earliest(held)


def _earliest(tables: list[pa.Table]) -> pa.Table:
    ordered = pa.concat_tables(tables).sort_by(
        [("seen_at", "ascending"), ("_ingested_at", "ascending")]
    )
    found = ordered.group_by("id", use_threads=False).aggregate(
        [("seen_at", "first"), ("_ingested_at", "first")]
    )
    return found.rename_columns(_SCHEMA.names).cast(_SCHEMA)


def _news(found: pa.Table, known: pa.Table, column: str) -> pa.Table:
    """Entities that are unknown, or known only from a later time on."""
    index = pc.index_in(found.column("id"), known.column("id").combine_chunks())
    known_at = known.column("seen_at").combine_chunks().take(index.combine_chunks())
    is_earlier = pc.less(found.column("seen_at").combine_chunks(), known_at)
    news = found.filter(pc.fill_null(is_earlier, True)).sort_by("id")
    return pa.table(
        {
            column: news.column("id"),
            "updated_at": news.column("seen_at"),
            "_ingested_at": news.column("_ingested_at"),
        }
    )
