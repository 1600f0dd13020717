"""`sentinel lint`: whether an engine that is not here takes the project's SQL."""

import tempfile
from pathlib import Path

import typer
from rich.console import Console

app = typer.Typer(
    help="Check the SQL of every model, test and snapshot for an engine, without the engine.",
    no_args_is_help=True,
)


@app.callback()
def _engines() -> None:
    """Keeps the engine a word of its own while there is only one."""


@app.command()
def redshift() -> None:
    """What Redshift would refuse, or compute otherwise than DuckDB and Spark.

    Compiles the project for the target `redshift` twice, as a first build and as an increment, and
    names engine, model and construct of each finding. Needs no connection.
    """
    from sentinel.portability.compiled import compile_for_redshift
    from sentinel.portability.redshift import findings

    with tempfile.TemporaryDirectory() as folder:
        nodes = compile_for_redshift(Path(folder))
    found = sorted({(node.kind, node.name, each) for node in nodes for each in findings(node.sql)})
    console = Console(soft_wrap=True, highlight=False, markup=False)
    for kind, name, each in found:
        console.print(
            f"{each.engine}: {kind} {name}: {each.construct} ({each.code}): {each.advice}"
        )
    if found:
        raise typer.Exit(1)
    console.print(f"redshift: nothing found in {len({node.name for node in nodes})} nodes.")
