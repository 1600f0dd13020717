"""`sentinel restore`: the lake as it was, from the versions that its bucket keeps."""

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sentinel.lake_access import open_lake
from sentinel.restoration import bring_back, lost_since
from sentinel.settings import Settings

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]


def restore(
    at: Annotated[
        datetime,
        typer.Option(formats=_FORMATS, help="UTC; the last time at which the lake was right."),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be brought back.")
    ] = False,
) -> None:
    """Bring back objects of the lake that were removed or written over since a time.

    On a bucket with versions. What has come since stays; nothing is removed, and what was written
    over the old objects stays as a version. Safe to stop and to run again.
    """
    settings = Settings.load()
    lake = open_lake(settings)
    lost = lost_since(lake, at.replace(tzinfo=None))
    counts = Counter(
        (each.version.path.partition("/")[0], "removed" if each.is_removed else "written over")
        for each in lost
    )
    table = Table(
        "Zone", "What happened", "Objects", title="Would be brought back" if dry_run else None
    )
    for (zone, what), count in sorted(counts.items()):
        table.add_row(zone, what, f"{count:,}")
    if not dry_run:
        bring_back(lake, lost)
    console = Console()
    if lost:
        console.print(table)
        return
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    console.print(f"Nothing that was there at {at:%Y-%m-%d %H:%M:%S} is missing at {now} UTC")
