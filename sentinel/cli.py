"""The command line: what every package contributes under one name.

Belongs here: putting the commands together and turning expected errors into one line. Does not
belong here: the commands; each package registers its own under the entry point group
`sentinel.commands`, so that this one needs to know none of them.
"""

import sys
from importlib.metadata import entry_points, version
from typing import Annotated

import typer
from rich.console import Console

from sentinel.errors import SentinelError
from sentinel.logging import configure_logging
from sentinel.settings import Settings

GROUP = "sentinel.commands"
_VERSION = "--version"


def application(only: str | None = None) -> typer.Typer:
    """The command line with the commands of every installed package.

    Args:
        only: load just this command if there is one of that name: importing Dagster for a
            command that does not need it would cost seconds.
    """
    found = sorted(entry_points(group=GROUP), key=lambda each: each.name)
    if only == _VERSION:
        found = []
    wanted = [entry for entry in found if entry.name == only] or found
    app = typer.Typer(
        name="sentinel",
        help="Sentinel: fraud analytics from raw payments to marts and features.",
        no_args_is_help=True,
        callback=_commands,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for entry in wanted:
        command = entry.load()
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=entry.name)
        else:
            app.command(entry.name)(command)
    return app


def _say_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"sentinel {version('sentinel-lakehouse')}")
        raise typer.Exit


def _commands(
    _version: Annotated[
        bool,
        typer.Option(_VERSION, help="Say which version this is.", callback=_say_version,
                     is_eager=True),
    ] = False,
) -> None:  # fmt: skip
    """Keeps every command a command of its own while only one of them is loaded."""


def main() -> None:
    """Runs the command line; an expected error is one line and exit code 1."""
    try:
        configure_logging(Settings.load())
        application(sys.argv[1] if len(sys.argv) > 1 else None)()
    except SentinelError as error:
        Console(stderr=True).print(f"[bold red]Error:[/] {error}", highlight=False, soft_wrap=True)
        sys.exit(1)
