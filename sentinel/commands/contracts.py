"""`sentinel contracts`: looking at the data contracts and rendering what follows from them."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sentinel.contracts import contract, contracts, read_contract
from sentinel.contracts.compatibility import compatibility
from sentinel.contracts.dbt_sources import SOURCES_FILE, write

app = typer.Typer(help="Data contracts: what each dataset of the lake holds.", no_args_is_help=True)


@app.command("list")
def list_contracts() -> None:
    """The datasets, with grain, key and owner."""
    table = Table("Dataset", "Grain", "Key", "Owner", "Version")
    for one in contracts().values():
        table.add_row(one.dataset, one.grain, ", ".join(one.key), one.owner, str(one.version))
    Console().print(table)


@app.command()
def show(dataset: str) -> None:
    """The columns of one dataset."""
    table = Table("Column", "Type", "Required", "Classification", "Description")
    for column in contract(dataset).columns:
        required = "yes" if column.required else ""
        table.add_row(column.name, column.type, required, column.classification, column.description)
    Console().print(table)


@app.command()
def render() -> None:
    """Write the dbt sources that follow from the contracts."""
    write()
    Console().print(f"Wrote {SOURCES_FILE.name}")


class Direction(StrEnum):
    """Which readings have to work."""

    BACKWARD = "backward"
    FORWARD = "forward"
    BOTH = "both"


Required = Annotated[Direction, typer.Option(help="What must hold, or the command fails.")]


@app.command()
def compare(old: Path, new: Path, require: Required = Direction.BACKWARD) -> None:
    """Whether two versions of a contract read what was written by the other.

    Backward: the new one reads what the old one wrote. Forward: the old one reads what the new
    one writes.
    """
    found = compatibility(read_contract(old), read_contract(new))
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"{old.name} and {new.name}")
    for title, violations in (
        ("Backward (the new reads the old)", found.backward),
        ("Forward (the old reads the new)", found.forward),
        ("Version number (told apart)", found.version),
    ):
        console.print(f"{title}: {'no' if violations else 'yes'}", markup=False)
        for violation in violations:
            console.print(f"  - {violation}", markup=False)
    needed = {
        Direction.BACKWARD: found.backward,
        Direction.FORWARD: found.forward,
        Direction.BOTH: (*found.backward, *found.forward),
    }[require]
    if needed or found.version:
        raise typer.Exit(1)
