"""`sentinel catalogue`: the lake's tables in AWS Glue, for Redshift and other engines."""

import typer
from rich.console import Console

from sentinel.errors import SettingsError
from sentinel.lake_access import open_lake
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

    Run it before dbt on Redshift. It costs what is new in the ledger, and may be run at any time.
    """
    settings = Settings.load()
    try:
        import boto3
    except ImportError as error:
        raise SettingsError("the catalogue is AWS Glue's: install sentinel[aws].") from error
    from sentinel.catalogue import register as registered

    glue = boto3.client("glue", endpoint_url=settings.aws_endpoint_url)
    done = registered(open_lake(settings), glue, settings.catalogue)
    Console().print(
        f"{done.batch_count:,} batches registered; {done.partition_count:,} partitions lead to "
        "other files now."
    )
