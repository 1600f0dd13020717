"""`sentinel generate`: writing synthetic data."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sentinel.synthetic import SyntheticConfig, write


def generate(
    folder: Annotated[Path, typer.Argument(help="Folder to write: new, or of the same run.")],
    transactions: Annotated[int, typer.Option(help="How many transactions, about.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Same seed, same data.")] = 1,
    jsonl: Annotated[bool, typer.Option(help="JSON lines instead of Parquet.")] = False,
) -> None:
    """Write synthetic transactions, labels, customers and terminals, and the truth beside them."""
    console = Console()
    with console.status(f"Generating about {transactions:,} transactions"):
        config = SyntheticConfig.for_transactions(transactions, seed=seed)
        manifest = write(config, folder, format="jsonl" if jsonl else "parquet")
    if not manifest["written"]:
        console.print(f"{folder} already holds this data: nothing written.")
        return
    for name, count in manifest["counts"].items():
        console.print(f"  {name}: {count:,}" if isinstance(count, int) else f"  {name}: {count}")
