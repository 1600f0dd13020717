"""A stretch of history once more: into a lake of its own, or into the same warehouse.

Belongs here: which batches belong to a stretch, copying their records, and having the models take
them again. Does not belong here: the models, which take batches as often as they are given.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from sentinel.contracts import Contract, contract
from sentinel.dbt_project import run_dbt
from sentinel.delivery import copy_batch
from sentinel.errors import SentinelError
from sentinel.lake import Lake
from sentinel.ledger import Ledger, LedgerEntry
from sentinel.live_files import LiveFiles
from sentinel.settings import Settings

_RELEASED = "batches released: "


class ReplayError(SentinelError):
    """A stretch of history cannot be replayed."""


@dataclass(frozen=True)
class Stretch:
    """Days of event time in UTC, both included, of one dataset or of all."""

    first: date
    last: date
    dataset: str | None = None

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ReplayError(f"--to {self.last} is before --from {self.first}: swap them.")
        if self.dataset:
            contract(self.dataset)

    @property
    def start(self) -> datetime:
        """Its first instant."""
        return datetime.combine(self.first, time())

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.last + timedelta(days=1), time())

    def touches(self, entry: LedgerEntry, since: datetime) -> bool:
        """Whether a batch may have records from `since` to the end of the stretch."""
        if entry.min_event_at is None or entry.max_event_at is None:
            return False
        return entry.min_event_at < self.end and entry.max_event_at >= since


def batches(lake: Lake, stretch: Stretch) -> list[LedgerEntry]:
    """The batches with events in the stretch."""
    entries = Ledger(lake).entries(stretch.dataset)
    return [entry for entry in entries if stretch.touches(entry, stretch.start)]


def copied_batches(lake: Lake, stretch: Stretch) -> list[LedgerEntry]:
    """The batches of which a copy of the stretch has records.

    Those of versions (customers, terminals) are copied from the beginning: what holds in the
    stretch was mostly delivered before it.
    """
    return [
        entry
        for entry in Ledger(lake).entries(stretch.dataset)
        if stretch.touches(entry, _since(stretch, entry.dataset))
    ]


def copy(
    lake: Lake, into: Lake, stretch: Stretch, entries: Sequence[LedgerEntry],
    on_batch: Callable[[int], None],
) -> int:  # fmt: skip
    """Copies the stretch into another lake as it was delivered: same batches, same records.

    Args:
        entries: from `copied_batches`.
        on_batch: told the number of records after each batch.

    Returns:
        How many records the copy has.

    Raises:
        ReplayError: when the other lake is this one.
        LedgerConflictError: when the other lake has a different stretch of a batch.
    """
    if into.location == lake.location:
        raise ReplayError(f"--into names this lake itself ({lake.location}): name another folder.")
    total = 0
    live = {name: LiveFiles(lake, name) for name in {entry.dataset for entry in entries}}
    for entry in entries:
        one = contract(entry.dataset)
        since = _since(stretch, entry.dataset)
        records = _between(live[entry.dataset].records(entry), one, since, stretch.end)
        if records.num_rows:
            copy_batch(into, one, entry, records)
        total += records.num_rows
        on_batch(records.num_rows)
    return total


def repair(settings: Settings, stretch: Stretch) -> int:
    """Has the models take the batches of the stretch again, on the next run.

    Returns:
        How many batches some model had taken and will take again.

    Raises:
        DbtError: when dbt cannot do it, with dbt's message.
    """
    arguments = {
        "from_at": stretch.start.isoformat(" "),
        "to_at": stretch.end.isoformat(" "),
        "dataset": stretch.dataset,
    }
    said = run_dbt(settings, "run-operation", "release_batches", "--args", json.dumps(arguments))
    return int(said.rpartition(_RELEASED)[2].split()[0])


def _since(stretch: Stretch, dataset: str) -> datetime:
    one = contract(dataset)
    return datetime.min if one.event_time == "updated_at" else stretch.start


def _between(records: pa.Table, one: Contract, start: datetime, end: datetime) -> pa.Table:
    """The records from `start` to before `end`."""
    event_at = records.column(one.event_time)
    kind = event_at.type
    return records.filter(
        pc.and_(
            pc.greater_equal(event_at, pa.scalar(start, kind)),
            pc.less(event_at, pa.scalar(end, kind)),
        )
    )
