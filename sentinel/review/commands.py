"""`sentinel review` and `sentinel environments`: a change before it is merged, and its place."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sentinel.review import environments
from sentinel.review.build import review as reviewed
from sentinel.review.comment import render
from sentinel.settings import Settings


def review(
    state: Annotated[
        Path,
        typer.Option(
            help="Folder with the manifest that is compared with, and whose tables are "
            "read; `sentinel state fetch` brings one."
        ),
    ],
    write: Annotated[
        Path | None, typer.Option(help="Write the comment to this file as well.")
    ] = None,
) -> None:
    """Build and test what differs from a state, and say which columns change and who reads them.

    On Redshift into schemas of its own: SENTINEL_SCHEMA=pr_12. On DuckDB in the warehouse file.
    Ends with 1 if a model or a test fails.
    """  # fmt: skip
    done = reviewed(Settings.load(), state.resolve())
    text = render(done)
    if write:
        write.parent.mkdir(parents=True, exist_ok=True)
        write.write_text(text, encoding="utf-8")
    Console().print(text, markup=False, highlight=False, soft_wrap=True)
    if done.failures:
        raise typer.Exit(1)


app = typer.Typer(
    help="Environments of pull requests on a shared warehouse, which expire.",
    no_args_is_help=True,
)


@app.command("list")
def list_environments() -> None:
    """Show the environments there are, and until when."""
    table = Table("Environment", "Expires (UTC)", "Schemas")
    for each in environments.environments(Settings.load()):
        until = each.expires_at.isoformat(" ") if each.expires_at else "cut before it began"
        table.add_row(each.prefix, until, str(len(each.schemas)))
    Console().print(table)


@app.command()
def renew(
    days: Annotated[int, typer.Option(min=1, help="How long from now.")] = environments.KEPT.days,
) -> None:
    """Let the environment that SENTINEL_SCHEMA names stay longer; `sentinel review` does so too."""
    until = environments.renew(Settings.load(), timedelta(days=days))
    Console().print(f"Stays until {until.isoformat(' ')} UTC")


@app.command()
def expire() -> None:
    """Drop the schemas of every environment whose time is over."""
    _told(environments.expire(Settings.load()))


@app.command()
def drop(
    name: Annotated[str, typer.Argument(help="As `list` shows it, for example pr_12.")],
) -> None:
    """Drop an environment now."""
    _told([environments.drop(Settings.load(), name)])


def _told(dropped: list[environments.PullRequestEnvironment]) -> None:
    if not dropped:
        Console().print("Nothing to drop")
    for each in dropped:
        Console().print(f"Dropped {each.prefix}: {', '.join(each.schemas)}", soft_wrap=True)
