"""`sentinel ledger`: looking into the lake."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sentinel.lake_access import open_lake
from sentinel.ledger import Ledger
from sentinel.settings import Settings

Dataset = Annotated[str | None, typer.Option(help="Only this dataset.")]
Limit = Annotated[int, typer.Option(help="At most this many rows.")]


def ledger(dataset: Dataset = None, limit: Limit = 20) -> None:
    """The latest delivered batches."""
    lake = open_lake(Settings.load())
    entries = sorted(
        Ledger(lake).entries(dataset), key=lambda each: each.delivered_at, reverse=True
    )
    table = Table(
        "Batch", "Dataset", "Produced", "Replayed", "Delivered", "Quarantined", "Delivered at (UTC)"
    )
    for entry in entries[:limit]:
        table.add_row(
            entry.batch_id, entry.dataset, f"{entry.produced_row_count:,}",
            f"{entry.replayed_row_count:,}", f"{entry.delivered_row_count:,}",
            f"{entry.quarantined_row_count:,}",
            f"{entry.delivered_at:%Y-%m-%d %H:%M:%S}",
        )  # fmt: skip
    Console().print(table)
    Console().print(f"{min(limit, len(entries))} of {len(entries)} batches")
