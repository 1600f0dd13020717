"""Maintenance of the lake: compact what is closed, remove what nobody reads any more.

Belongs here: the order of both over the datasets, and what is reported of it. Does not belong here:
how either is done (see `compaction`, `cleaning`), and who asks for it: a command, a Dagster job.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sentinel.cleaning import Unused, remove, unused
from sentinel.compaction import Limits, Plan, compact, plans
from sentinel.errors import CompactionError
from sentinel.lake import Lake
from sentinel.ledger import utc_now
from sentinel.settings import Settings


@dataclass
class Maintained:
    """What was done, or would be, in one dataset.

    Attributes:
        days: event dates with a compaction.
        files_before: files that gave way.
        files_after: files that took their place.
        bytes_before: size of the former.
        bytes_after: size of the latter; None in a trial run, which writes nothing.
        days_taken: event dates that another process compacted first.
        unused: files of earlier compactions or of nobody that were removed, or would be.
    """

    dataset: str
    days: int = 0
    files_before: int = 0
    files_after: int = 0
    bytes_before: int = 0
    bytes_after: int | None = 0
    days_taken: int = 0
    unused: Unused = field(default_factory=lambda: Unused((), ()))


def check_readers(settings: Settings) -> None:
    """Refuses a lake that is not read by the names of its files.

    Raises:
        CompactionError: where the warehouse reads whole folders, and would see old and new files.
    """
    if settings.spec.target != "duckdb":
        raise CompactionError(
            f"environment {settings.environment!s} reads the lake by folders of a catalogue: "
            "it would see the records of replaced files twice. Nothing was done."
        )


def maintain(
    lake: Lake, datasets: Sequence[str], limits: Limits, delete_after_days: int,
    keeps_replaced: bool | None = None, dry_run: bool = False, now: datetime | None = None,
    on_day: Callable[[Plan, int, int], None] = lambda plan, number, count: None,
) -> list[Maintained]:  # fmt: skip
    """Compacts the closed days of each dataset, then removes what has been unused for days.

    Args:
        delete_after_days: at least 1; so long ago a file must have been replaced, or written
            without ever being committed.
        keeps_replaced: whether nothing is removed. If not given: yes where the bucket locks
            objects, since there a deletion hides a file and frees nothing.
        dry_run: only say what would be done.
        now: in UTC; the clock's, if not given.
        on_day: told of each compaction before it is made: the plan, its number from 1, how many.

    Raises:
        CompactionError: when a file is not what was committed; what was committed before stays.
        LakeWriteError: when the lake cannot be written; likewise.
        ValueError: when files are to be removed sooner than after a day.
    """
    if delete_after_days < 1:
        raise ValueError("a writer's commit may come later than its files: wait a day at least")
    now = now or utc_now()
    before = now - timedelta(days=delete_after_days)
    keeps = lake.is_locked if keeps_replaced is None else keeps_replaced
    planned = {name: plans(lake, name, limits, now.date()) for name in datasets}
    count = sum(map(len, planned.values()))
    found, number = [], 0
    for dataset, some in planned.items():
        done = Maintained(dataset, bytes_after=None if dry_run else 0)
        for plan in some:
            number += 1
            on_day(plan, number, count)
            _compact(lake, plan, done, dry_run)
        if not keeps:
            done.unused = unused(lake, dataset, before)
            if not dry_run:
                remove(lake, done.unused, before)
        found.append(done)
    return found


def _compact(lake: Lake, plan: Plan, done: Maintained, dry_run: bool) -> None:
    if not dry_run:
        compaction = compact(lake, plan)
        if compaction is None:
            done.days_taken += 1
            return
        added = sum(file.size_bytes for file in compaction.added)
        done.bytes_after = (done.bytes_after or 0) + added
    done.days += 1
    done.files_before += len(plan.files)
    done.files_after += len(plan.groups)
    done.bytes_before += plan.size_bytes
