"""`sentinel land`: landing a source from the command line.

Belongs here: options, progress and the report on the terminal. Does not belong here: landing.
"""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from batch_ingest.landing import land
from batch_ingest.mapping_file import SHIPPED, load_mapping
from batch_ingest.report import LoadReport
from batch_ingest.report import Progress as LoadProgress
from sentinel.settings import Settings

_COLUMNS = (
    TextColumn("[bold]{task.description:<24}"), BarColumn(bar_width=24),
    TextColumn("{task.fields[rows]:>12,} records"), TimeElapsedColumn(),
)  # fmt: skip


def land_source(
    mapping: Annotated[
        str, typer.Argument(help=f"Shipped mapping ({SHIPPED}) or path of a YAML file.")
    ],
    source: Annotated[
        str | None, typer.Argument(help="Folder, SQLAlchemy URL or base address.")
    ] = None,
) -> None:
    """Land a source into the raw zone; what has landed before is left alone."""
    console = Console(stderr=True)
    with Progress(*_COLUMNS, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def show(step: LoadProgress) -> None:
            task = tasks.get(step.feed)
            if task is None:
                task = tasks[step.feed] = progress.add_task(step.feed, total=None, rows=0)
            progress.update(
                task, total=step.bytes_total or None, completed=step.bytes_done,
                rows=step.row_count,
            )  # fmt: skip

        report = land(Settings.load(), load_mapping(mapping), source, on_progress=show)
    Console().print(_table(report))


def _table(report: LoadReport) -> Table:
    table = Table(
        "Dataset", "Batches", "Already there", "Delivered", "Quarantined", "Why", "Columns",
    )  # fmt: skip
    for name, each in sorted(report.datasets.items()):
        reasons = ", ".join(f"{why} {count:,}" for why, count in each.quarantined_by_reason.items())
        drift = [f"+{column}" for column in sorted(each.appeared_columns)]
        drift += [f"-{column}" for column in sorted(each.vanished_columns)]
        table.add_row(
            name, str(each.batch_count), str(each.present_batch_count),
            f"{each.delivered_row_count:,}", f"{each.quarantined_row_count:,}", reasons,
            ", ".join(drift),
        )  # fmt: skip
    return table
