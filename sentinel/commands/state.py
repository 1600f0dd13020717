"""`sentinel state`: what an environment's dbt project is, for others to compare and defer to."""

from typing import Annotated

import typer
from rich.console import Console

from sentinel.dbt_project import ensure_manifest, target_folder
from sentinel.durable_files import make_folder
from sentinel.errors import SentinelError
from sentinel.lake_access import open_lake
from sentinel.settings import EnvironmentName, Settings

app = typer.Typer(
    help="An environment's dbt manifest, kept beside its lake: for --defer, dbt clone and "
    "state:modified.",
    no_args_is_help=True,
)


@app.command()
def save() -> None:
    """Keep this environment's manifest, as the project is now.

    Run it after each deployment: others then defer to what was deployed.
    """
    settings = Settings.load()
    manifest = ensure_manifest(target_folder(settings), settings.spec.target, {})
    lake = open_lake(settings)
    path = _path(settings.environment)
    lake.put(path, manifest.read_bytes())
    Console().print(f"Kept as {lake.url(path)}", soft_wrap=True)


@app.command()
def fetch(
    environment: Annotated[
        EnvironmentName, typer.Argument(help="Whose state: the lake is that of the settings.")
    ] = EnvironmentName.PROD,
) -> None:
    """Bring an environment's manifest here, and say how dbt is told of it."""
    settings = Settings.load()
    lake, path = open_lake(settings), _path(environment)
    try:
        content = lake.read(path)
    except FileNotFoundError as error:
        raise SentinelError(
            f"{lake.url(path)} is not there: run `sentinel state save` in {environment}, and read "
            "the same lake here (SENTINEL_LAKE_URL)."
        ) from error
    folder = settings.state_folder / "dbt" / "state" / environment
    make_folder(folder)
    (folder / "manifest.json").write_bytes(content)
    Console().print(
        f"dbt build --select state:modified+ --defer --state {folder}\n"
        f"dbt clone --state {folder}",
        soft_wrap=True, highlight=False,
    )  # fmt: skip


def _path(environment: EnvironmentName) -> str:
    return f"dbt_state/{environment}/manifest.json"
