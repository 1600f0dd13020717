"""Delivering quarantined records after all.

Belongs here: finding out which rejected records are valid now, and delivering those once. Does not
belong here: reading quarantine, or what makes a record valid.

The records go through the same decoder and transform as any other. What is valid is delivered as a
new batch whose ledger entry names each record it took; what is not stays where it is. The batches
are numbered within a dataset, so of two replays at once one has its number and the other fails
before it has delivered anything.
"""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sentinel.contracts import Contract, contract, contracts
from sentinel.delivery import deliver
from sentinel.errors import LedgerConflictError, SentinelError
from sentinel.lake import Lake
from sentinel.ledger import Ledger, utc_now
from sentinel.live_files import LiveFiles
from sentinel.transform import Arriving, Tokeniser, transform
from streaming_ingest.decoding import decode
from streaming_ingest.replay.quarantine import QuarantinedRecord, Selection, quarantined
from streaming_ingest.streams import StreamRecord

SOURCE = "quarantine"
MOST_RECORDS = 50_000
# Its payload is no longer what was sent: what was personal in it has been replaced. Delivered only
# where somebody asks for exactly that.
_ONLY_BY_NAME = "personal_data"


class ReplayBusyError(SentinelError):
    """Another replay of the same dataset was at work."""


@dataclass
class Recovery:
    """What became of the selected records.

    Attributes:
        recovered: delivered, or to be delivered in a trial run, by dataset and former reason.
        remaining: those that stay, by dataset and the reason for which they do now.
        batch_ids: of the committed batches.
    """

    recovered: Counter[tuple[str, str]] = field(default_factory=Counter)
    remaining: Counter[tuple[str, str]] = field(default_factory=Counter)
    batch_ids: list[str] = field(default_factory=list)


def recover(
    lake: Lake, tokeniser: Tokeniser, selection: Selection, dry_run: bool = False
) -> Recovery:
    """Delivers the selected records that are valid now and were not delivered before.

    Records keep the time at which they first entered, so they do not replace a version that
    arrived since.

    Args:
        dry_run: only say what would be delivered.

    Raises:
        ReplayBusyError: when another replay took records of the same dataset meanwhile.
    """
    done = Recovery()
    waiting: dict[str, list[QuarantinedRecord]] = {}
    for record in quarantined(lake, selection):
        if not record.is_replayed:
            waiting.setdefault(record.dataset, []).append(record)
    for dataset, records in waiting.items():
        one = contract(dataset)
        number = _replay_count(lake, dataset)
        for start in range(0, len(records), MOST_RECORDS):
            some = records[start : start + MOST_RECORDS]
            valid = _valid(lake, one, tokeniser, some, selection, done)
            done.recovered.update((dataset, record.reason) for record in valid)
            if valid and not dry_run:
                done.batch_ids.append(_deliver(lake, one, tokeniser, valid, number))
                number += 1
    return done


def _valid(
    lake: Lake, one: Contract, tokeniser: Tokeniser, records: Sequence[QuarantinedRecord],
    selection: Selection, done: Recovery,
) -> list[QuarantinedRecord]:  # fmt: skip
    judged: list[QuarantinedRecord] = []
    for record in records:
        if _may_be_replayed(record, selection):
            judged.append(record)
        else:
            done.remaining[record.dataset, record.reason] += 1
    arriving = _arriving(one, judged, "trial")
    unknown = _with_unknown_reference(lake, one, judged, arriving.records)
    done.remaining.update((one.dataset, "unknown_reference") for _ in unknown)
    known = pc.invert(pc.is_in(arriving.records.column("_position"), pa.array(unknown, pa.int64())))
    arriving = Arriving(
        arriving.batch_id, arriving.source, arriving.records.filter(known), arriving.received_at,
        arriving.unreadable,
    )  # fmt: skip
    result = transform(one, arriving, tokeniser)
    reasons = result.rejected.column("reason").to_pylist()
    done.remaining.update((one.dataset, reason) for reason in reasons)
    return [judged[place] for place in sorted(result.delivered.column("_position").to_pylist())]


def _may_be_replayed(record: QuarantinedRecord, selection: Selection) -> bool:
    if record.reason == _ONLY_BY_NAME:
        return selection.reason == _ONLY_BY_NAME
    # A time of entry that could not be read is still not known.
    return record.field != "_ingested_at"


def _deliver(
    lake: Lake, one: Contract, tokeniser: Tokeniser, records: Sequence[QuarantinedRecord],
    number: int,
) -> str:  # fmt: skip
    batch_id = f"{_prefix(one.dataset)}{number:06d}"
    taken = pa.table(
        {
            "quarantined_batch_id": pa.array([each.batch_id for each in records], pa.string()),
            "quarantined_position": pa.array([each.position for each in records], pa.int64()),
        }
    )
    arriving = _arriving(one, records, batch_id)
    try:
        done = deliver(lake, one, arriving, tokeniser, replayed=taken)
    except LedgerConflictError as error:
        raise _busy(one.dataset) from error
    if done.outcome == "already_committed":
        raise _busy(one.dataset)
    return batch_id


def _arriving(one: Contract, records: Sequence[QuarantinedRecord], batch_id: str) -> Arriving:
    contents = [
        StreamRecord(record.payload.encode(), str(place), record.ingested_at)
        for place, record in enumerate(records)
    ]
    decoded = decode(one, contents)
    return Arriving(
        batch_id=batch_id,
        source=SOURCE,
        records=decoded.records,
        received_at=utc_now(),
        unreadable=decoded.unreadable,
    )


def _with_unknown_reference(
    lake: Lake, one: Contract, records: Sequence[QuarantinedRecord], arriving: pa.Table
) -> list[int]:
    """Places of records that were rejected for a reference which is still unknown."""
    about: dict[str, list[int]] = {}
    for place, record in enumerate(records):
        if record.reason == "unknown_reference" and record.field:
            about.setdefault(record.field, []).append(place)
    unknown: list[int] = []
    for column, places in about.items():
        if column not in arriving.column_names:
            unknown += places
            continue
        known = pc.and_(
            pc.is_in(arriving.column("_position"), pa.array(places, pa.int64())),
            pc.invert(pc.is_in(arriving.column(column), _known_ids(lake, one, column))),
        )
        unknown += arriving.filter(known).column("_position").to_pylist()
    return unknown


def _known_ids(lake: Lake, one: Contract, column: str) -> pa.Array:
    """Every identifier that was delivered of what the column refers to."""
    ids = [pa.array([], pa.string())]
    for dataset, other in contracts().items():
        identifies = tuple(name for name in other.key if name != other.event_time) == (column,)
        if identifies and dataset != one.dataset:
            ids += list(_delivered(lake, dataset, column))
    return pc.unique(pa.concat_arrays(ids))


def _delivered(lake: Lake, dataset: str, column: str) -> Iterator[pa.Array]:
    for file in LiveFiles(lake, dataset).of(Ledger(lake).entries(dataset)):
        content = pq.ParquetFile(io.BytesIO(lake.read(file.path)))
        yield pc.unique(content.read([column]).column(column))


def _replay_count(lake: Lake, dataset: str) -> int:
    ids = Ledger(lake).batch_ids(dataset)
    return sum(batch_id.startswith(_prefix(dataset)) for batch_id in ids)


def _prefix(dataset: str) -> str:
    return f"{dataset}-replay-"


def _busy(dataset: str) -> ReplayBusyError:
    return ReplayBusyError(
        f"another replay of {dataset} was at work and delivered first: run the command again, it "
        "takes what is left."
    )
