"""`sentinel quarantine` and `sentinel replay`.

Belongs here: options, and what is shown. Does not belong here: the work; see `recovery`, `history`.
"""

import json
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from sentinel.lake import Lake
from sentinel.lake_access import open_lake
from sentinel.settings import Settings
from sentinel.transform import Tokeniser
from streaming_ingest.replay import history
from streaming_ingest.replay.quarantine import Selection, dataset_of, quarantined
from streaming_ingest.replay.recovery import recover

app = typer.Typer(
    help="Rejected records: see them, and deliver after all what is valid now.",
    no_args_is_help=True,
)

Dataset = Annotated[str | None, typer.Option(help="Only this dataset.")]
Reason = Annotated[str | None, typer.Option(help="Only records rejected for this reason.")]
Source = Annotated[str | None, typer.Option(help="Only records from this source.")]
Batch = Annotated[str | None, typer.Option(help="Only records of this batch.")]
Day = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Only records that entered on this day (UTC)."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]


@app.command("list")
def list_records(
    dataset: Dataset = None,
    reason: Reason = None,
    source: Source = None,
    day: Day = None,
    replayed: Annotated[
        bool, typer.Option("--replayed", help="Also those that were delivered since.")
    ] = False,
    limit: Annotated[int, typer.Option(help="At most this many records.")] = 20,
) -> None:
    """Count the rejected records by dataset, reason, source and day, and show some.

    Personal values are tokens.
    """
    lake = open_lake(Settings.load())
    selection = Selection(dataset, None, reason, source, day.date() if day else None)
    found = [each for each in quarantined(lake, selection) if replayed or not each.is_replayed]
    counts = Counter((e.dataset, e.reason, e.source, str(e.ingested_at.date())) for e in found)
    console = Console()
    summary = Table("Dataset", "Reason", "Source", "Day", "Records")
    for (*names, entered), count in sorted(counts.items()):
        summary.add_row(*names, entered, f"{count:,}")
    console.print(summary)
    table = Table("Dataset", "Reason", "Field", "Batch", "Position", "Record")
    for record in found[:limit]:
        table.add_row(
            record.dataset, record.reason, record.field or "", record.batch_id,
            str(record.position), record.payload,
        )  # fmt: skip
    console.print(table)
    console.print(f"{min(limit, len(found))} of {len(found)} records")


@app.command()
def show(
    batch: Annotated[str, typer.Argument(help="Batch the records were rejected from.")],
    position: Annotated[int | None, typer.Option(help="Only the record at this position.")] = None,
    limit: Annotated[int, typer.Option(help="At most this many records.")] = 20,
) -> None:
    """Show rejected records of a batch whole: reason, field, source, position and payload."""
    lake = open_lake(Settings.load())
    selection = Selection(dataset_of(lake, batch), batch)
    wanted = (e for e in quarantined(lake, selection) if position in (None, e.position))
    console = Console(highlight=False)
    found = list(islice(wanted, limit))
    for record in found:
        about = f" ({record.field})" if record.field else ""
        console.print(f"[bold]{record.dataset} {record.batch_id} position {record.position}[/]")
        console.print(f"reason   {record.reason}{about}")
        console.print(f"source   {record.source}", markup=False)
        console.print(f"entered  {record.ingested_at} UTC")
        console.print(f"replayed {'yes' if record.is_replayed else 'no'}")
        console.print(_pretty(record.payload) + "\n", markup=False)
    if not found:
        console.print(f"No rejected record of batch {batch} there.")


@app.command()
def replay(
    dataset: Dataset = None, batch: Batch = None, reason: Reason = None, dry_run: DryRun = False
) -> None:
    """Deliver rejected records after all, as far as they are valid now; each once.

    Use it when a contract has a newer version, or reference data that was missing has arrived.
    What is still bad stays where it is. A record with personal data in a free text is delivered,
    with tokens in its place, only by --reason personal_data.
    """
    settings = Settings.load()
    console = Console(stderr=True)
    with console.status("looking at the rejected records"):
        done = recover(
            open_lake(settings), Tokeniser(settings.personal_data_key),
            Selection(dataset, batch, reason), dry_run,
        )  # fmt: skip
    table = Table("Dataset", "Reason", "Would be delivered" if dry_run else "Delivered", "Stays")
    for name, why in sorted({*done.recovered, *done.remaining}):
        table.add_row(name, why, f"{done.recovered[name, why]:,}", f"{done.remaining[name, why]:,}")
    Console().print(table)
    for batch_id in done.batch_ids:
        Console().print(f"delivered as {batch_id}", highlight=False)


def replay_history(
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of event time.")
    ],
    last: Annotated[
        datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, included.")
    ],
    dataset: Dataset = None,
    into: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Copy the stretch into this state folder, or s3:// lake, instead of repairing.",
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Replay a stretch of history: to repair the models, or into a place of its own.

    Without --into, every incremental model takes the batches with events in these days again on
    the next `dbt build`: rows that were lost or spoilt come back, what was right stays.

    With --into, the delivered records of these days are copied there as they are, customers and
    terminals from the beginning: a lake to debug on, which dbt builds into a warehouse of its own.
    """
    settings = Settings.load()
    lake = open_lake(settings)
    stretch = history.Stretch(first.date(), last.date(), dataset)
    entries = (history.copied_batches if into else history.batches)(lake, stretch)
    counts = Counter(entry.dataset for entry in entries)
    console = Console(highlight=False, soft_wrap=True)
    for name, count in sorted(counts.items()):
        console.print(f"{name}: {count:,} batches")
    if dry_run or not entries:
        console.print("Nothing was done." if entries else "No batch has events in these days.")
        return
    if into is None:
        with Console(stderr=True).status("releasing the batches"):
            released = history.repair(settings, stretch)
        console.print(f"{released:,} batches will be taken again by the next `dbt build`.")
        return
    target = _target(into, settings)
    with _progress("copying", len(entries)) as on_batch:
        total = history.copy(lake, target, stretch, entries, on_batch)
    console.print(f"{total:,} records in {target.location}. Build and look at them:")
    console.print(f"    {_build_command(into, settings)}")


def _target(into: str, settings: Settings) -> Lake:
    if into.startswith("s3://"):
        return open_lake(settings, into)
    return Lake(str(Path(into).expanduser().resolve() / "lake"))


def _build_command(into: str, settings: Settings) -> str:
    """How to build the copy without touching the warehouse there is."""
    if into.startswith("s3://"):
        home, lake = settings.state_folder / "replay", f"SENTINEL_LAKE_URL={shlex.quote(into)}"
    else:
        home, lake = Path(into).expanduser().resolve(), "-u SENTINEL_LAKE_URL"
    options = f"--target-path {shlex.quote(str(home / 'dbt' / 'target'))}"
    variables = f"SENTINEL_HOME={shlex.quote(str(home))} SENTINEL_SCHEMA=replay"
    return f"env {lake} {variables} SENTINEL_SAMPLE=false dbt build {options}"


@contextmanager
def _progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeElapsedColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(title, total=total)
        yield lambda _: progress.advance(task)


def _pretty(payload: str) -> str:
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except ValueError:  # what could not be parsed is shown as it is
        return payload
