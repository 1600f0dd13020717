"""Stream against batch: what micro-batches left, held against the same rows computed again.

Belongs here: the order of the steps, and what they found. Does not belong here: how rows are kept
and compared (`macros/reconciliation`), or what brings them back (`history.repair`).

Computing again is the repair as well: rows that agree are replaced by their equals, others by what
the raw zone says.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from sentinel.dbt_project import run_dbt
from sentinel.lake import Lake
from sentinel.ledger import Ledger, utc_now
from sentinel.process_lock import only_process
from sentinel.settings import Settings
from streaming_ingest.micro_batch import BUILDING, SELECTOR
from streaming_ingest.replay import history
from streaming_ingest.replay.history import Stretch

LONGEST_REACH = timedelta(days=37)
"""How long after a transaction it can change features: 30 days of windows, 7 of label delay."""
LONGEST_LATENESS = timedelta(days=40)
"""Older events than this before the latest one are left to a whole rebuild."""

_LONGEST_WAIT_SECONDS = 300
_COMPARED = "rows compared: "


class Comparison(msgspec.Struct, frozen=True):
    """One model's rows of a stretch before and after they were computed again.

    Attributes:
        model: schema and name.
        row_count: rows there are now.
        came_count: of those, the ones that were missing or different.
        went_count: rows there were that are gone or different now.
        kept_row_count: rows there were; more or fewer than now where one was there twice.
    """

    model: str
    row_count: int
    came_count: int
    went_count: int
    kept_row_count: int

    @property
    def differing_count(self) -> int:
        """Rows that were wrong."""
        changed = max(self.came_count, self.went_count)
        return max(changed, abs(self.kept_row_count - self.row_count))


@dataclass(frozen=True)
class Reconciliation:
    """What was compared, model by model; nothing where no batch was delivered."""

    stretch: Stretch | None
    batch_count: int
    comparisons: tuple[Comparison, ...] = ()

    @property
    def differing(self) -> tuple[Comparison, ...]:
        """The models that had wrong rows; now they have not."""
        return tuple(each for each in self.comparisons if each.differing_count)


def recent_stretch(lake: Lake, delivered_within: timedelta) -> Stretch | None:
    """The days of event time that recent deliveries are about; None where there were none."""
    since = utc_now() - delivered_within
    spans = [
        (entry.min_event_at, entry.max_event_at)
        for entry in Ledger(lake).entries("transactions")
        if entry.delivered_at >= since and entry.min_event_at and entry.max_event_at
    ]
    if not spans:
        return None
    last = max(end for _, end in spans)
    first = max(min(start for start, _ in spans), last - LONGEST_LATENESS)
    return Stretch(first.date(), last.date())


def reconcile(
    settings: Settings,
    stretch: Stretch | None,
    tell: Callable[[str], None] = lambda _: None,
) -> Reconciliation:
    """Keeps the rows of a stretch, has the models compute them again, and compares.

    Micro-batches of this machine wait meanwhile. Whatever is interrupted is taken up by the next
    build: the batches are released before anything is changed, and taking one again is harmless.

    Args:
        stretch: days of event time; None: there is nothing to compare.
        tell: told each step as it begins.

    Raises:
        DbtError: when dbt fails, with dbt's message.
        ProcessBusyError: when a micro-batch takes longer than minutes.
    """
    if stretch is None:
        return Reconciliation(None, 0)
    with only_process(settings, BUILDING, "try again later.", wait_seconds=_LONGEST_WAIT_SECONDS):
        return _reconciled(settings, stretch, tell)


def _reconciled(
    settings: Settings, stretch: Stretch, tell: Callable[[str], None]
) -> Reconciliation:
    span = {
        "from_at": stretch.start.isoformat(" "),
        "to_at": (stretch.end + LONGEST_REACH).isoformat(" "),
    }
    tell("taking in what waits")
    run_dbt(settings, "run", "--selector", SELECTOR)
    tell(f"keeping the rows from {stretch.first} on")
    run_dbt(settings, "run-operation", "keep_rows_of_stretch", "--args", json.dumps(span))
    tell("computing them again")
    released = history.repair(settings, stretch)
    run_dbt(settings, "run", "--selector", SELECTOR)
    tell("comparing")
    said = run_dbt(settings, "run-operation", "compare_rows_of_stretch", "--args", json.dumps(span))
    run_dbt(settings, "run-operation", "forget_rows_of_stretch")
    line = said.rpartition(_COMPARED)[2].splitlines()[0]
    found = msgspec.json.decode(line, type=tuple[Comparison, ...])
    return Reconciliation(stretch, released, found)
