"""The job that compacts the lake.

Belongs here: running maintenance in Dagster, and what its run shows. Does not belong here: the work
(see `sentinel.maintenance`), and when it runs (see `automation`).
"""

import dagster as dg

from sentinel.compaction import Limits
from sentinel.contracts import contracts
from sentinel.lake_access import open_lake
from sentinel.maintenance import Maintained, check_readers, maintain
from sentinel.process_lock import only_process
from sentinel.settings import Settings

COMPACT = "compact_lake"


class Compacting(dg.Config):
    """Configuration of a run; as the options of `sentinel compact`."""

    closed_after_days: int = Limits.closed_after_days
    delete_after_days: int = 7
    dry_run: bool = False


@dg.op
def compact_closed_days(context: dg.OpExecutionContext, config: Compacting) -> None:
    """Compacts each dataset, removes what nobody reads any more, and shows what it did."""
    settings = Settings.load()
    check_readers(settings)
    with only_process(settings, "compacting", "this run has nothing to do meanwhile."):
        done = maintain(
            open_lake(settings), list(contracts()), Limits(config.closed_after_days),
            config.delete_after_days, dry_run=config.dry_run,
            on_day=lambda plan, number, count: context.log.info(
                f"{number} of {count}: {plan.dataset} {plan.event_date}, {len(plan.files)} files"
            ),
        )  # fmt: skip
    context.add_output_metadata({each.dataset: dg.MetadataValue.json(_told(each)) for each in done})


@dg.job(name=COMPACT, description="Compact closed days of the lake; remove files long unused.")
def compact_lake() -> None:
    """One op: what it leaves undone the next run does."""
    compact_closed_days()


def _told(done: Maintained) -> dict[str, int | None]:
    return {
        "days": done.days,
        "days_taken_by_another": done.days_taken,
        "files_before": done.files_before,
        "files_after": done.files_after,
        "bytes_before": done.bytes_before,
        "bytes_after": done.bytes_after,
        "replaced_files_removed": len(done.unused.replaced),
        "abandoned_files_removed": len(done.unused.abandoned),
    }
