"""`sentinel compact`: few large files in place of many small ones."""

from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from sentinel.compaction import Limits, Plan
from sentinel.contracts import contract, contracts
from sentinel.lake_access import open_lake
from sentinel.maintenance import Maintained, check_readers, maintain
from sentinel.process_lock import only_process
from sentinel.settings import Settings

_WHEN_BUSY = "let it end; there is nothing a second one could do."


def compact(
    dataset: Annotated[str | None, typer.Option(help="Only this dataset.")] = None,
    closed_after: Annotated[
        int, typer.Option(min=0, help="Full days that lie between a closed day and today (UTC).")
    ] = Limits.closed_after_days,
    fewest_files: Annotated[
        int, typer.Option(min=2, help="Leave days with fewer small files as they are.")
    ] = Limits.fewest_files,
    target_mib: Annotated[
        int, typer.Option(min=1, help="Size of the files that are made, in MiB, at most.")
    ] = Limits.target_bytes // 2**20,
    delete_after: Annotated[
        int, typer.Option(min=1, help="Remove files that have been unused for so many days.")
    ] = 7,
    keep_replaced: Annotated[
        bool | None,
        typer.Option(
            "--keep-replaced/--delete-replaced",
            help="Whether to remove nothing. If not said: yes where the bucket locks objects.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
) -> None:
    """Compact closed days: few large files in place of the many small ones a stream leaves.

    Safe beside running writers and readers, stopped at any point, and run again. Readers see the
    old files of a day or the new ones, never both; the records are compared before that. A day to
    which late records have come since is compacted again once there are enough.

    Files that were replaced stay for --delete-after days, for whoever had begun to read; then the
    same command removes them, and what interrupted writers left behind.
    """
    settings = Settings.load()
    check_readers(settings)
    datasets = [contract(dataset).dataset] if dataset else list(contracts())
    limits = Limits(closed_after, fewest_files, target_mib * 2**20)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeElapsedColumn())  # fmt: skip
    with (
        only_process(settings, "compacting", _WHEN_BUSY),
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        task = progress.add_task("looking at the ledger", total=None)

        def show(plan: Plan, number: int, count: int) -> None:
            title = f"{plan.dataset} {plan.event_date} ({len(plan.files)} files)"
            progress.update(task, description=title, completed=number - 1, total=count)

        lake = open_lake(settings)
        done = maintain(
            lake, datasets, limits, delete_after, keep_replaced, dry_run,
            on_day=show,
        )  # fmt: skip
        days = sum(each.days + each.days_taken for each in done)
        progress.update(task, description="done", completed=days, total=days)
    _show(done, dry_run)
    if keep_replaced is None and lake.is_locked:
        Console().print("The bucket locks objects: no file is removed, but by --delete-replaced.")


def _show(done: list[Maintained], dry_run: bool) -> None:
    table = Table("Dataset", title="What would be done" if dry_run else None)
    for heading in ("Days", "Files before", "after", "Size before", "after",
                    "Replaced files removed", "Abandoned files removed"):  # fmt: skip
        table.add_column(heading, justify="right")
    for each in done:
        after = "" if each.bytes_after is None else decimal(each.bytes_after)
        table.add_row(
            each.dataset, f"{each.days:,}", f"{each.files_before:,}", f"{each.files_after:,}",
            decimal(each.bytes_before), after,
            f"{len(each.unused.replaced):,}", f"{len(each.unused.abandoned):,}",
        )  # fmt: skip
    console = Console()
    console.print(table)
    for each in done:
        if each.days_taken:
            console.print(
                f"{each.dataset}: {each.days_taken} days were compacted by another process first; "
                "what is left is compacted the next time."
            )
