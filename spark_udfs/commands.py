"""`sentinel udfs`: which functions there are, and their declarations.

Belongs here: options, and what is shown. Does not belong here: the functions.
"""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sentinel.transform import Tokeniser
from spark_udfs.functions import functions
from spark_udfs.redshift_function import declarations

app = typer.Typer(
    help="Functions written once for DuckDB, Spark and Redshift.", no_args_is_help=True
)
# Names and types do not depend on the key.
_KNOWN = {each.name: each for each in functions(Tokeniser(b""))}


@app.command("list")
def list_functions() -> None:
    """The functions: arguments, result and meaning."""
    table = Table("Function", "Returns", "What it says")
    for each in _KNOWN.values():
        arguments = ", ".join(f"{name} {kind}" for name, kind in each.arguments.items())
        table.add_row(f"{each.name}({arguments})", str(each.returns), each.summary)
    Console().print(table)


@app.command()
def redshift(
    lambda_name: Annotated[str, typer.Option("--lambda", help="Name of the Lambda function.")],
    role: Annotated[
        str, typer.Option(help="ARN of the role by which Redshift calls it.")
    ] = "default",
    schema: Annotated[str, typer.Option(help="Schema they are declared in.")] = "udfs",
) -> None:
    """Print the statements that make the functions callable in Redshift."""
    for statement in declarations(_KNOWN, schema, lambda_name, role):
        typer.echo(statement)
