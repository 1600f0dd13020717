"""`sentinel catalogue`: the lake's tables in AWS Glue, for Redshift and other engines."""

import typer
from rich.console import Console

from sentinel.settings import Settings

app = typer.Typer(
    help="The lake's tables in AWS Glue, for engines that read a catalogue.", no_args_is_help=True
)


@app.command()
def render() -> None:
    """Write what Terraform declares of the catalogue, as it follows from the contracts."""
    from sentinel.catalogue import declared

    declared.write()
    Console().print(f"Wrote {declared.TABLES_FILE.name}")


@app.command()
def register() -> None:
    """Make the catalogue say what the ledger says: tables, partitions, live files.

    Run it before dbt on Redshift; Dagster and `sentinel stream run` do. It costs what is new in the
    ledger, and may be run at any time.
    """
    from sentinel.catalogue import register_lake

    done = register_lake(Settings.load())
    Console().print(
        f"{done.batch_count:,} batches registered; {done.partition_count:,} partitions lead to "
        "other files now."
    )
