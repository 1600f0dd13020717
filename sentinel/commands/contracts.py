"""`sentinel contracts`: looking at the data contracts and rendering what follows from them."""

import typer
from rich.console import Console
from rich.table import Table

from sentinel.contracts import contract, contracts
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
