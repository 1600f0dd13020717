"""`sentinel packages`: the dbt packages, real ones or stand-ins."""

import os
import shutil
import subprocess

import typer
from rich.console import Console

from sentinel.dbt_project import dbt_command
from sentinel.settings import REPOSITORY_ROOT

app = typer.Typer(help="The dbt packages that packages.yml names.", no_args_is_help=True)

PACKAGES = REPOSITORY_ROOT / "dbt_packages"
LOCK = REPOSITORY_ROOT / "package-lock.yml"
STANDINS = REPOSITORY_ROOT / "dbt_project" / "package_standins"
_DEPS_TIMEOUT_SECONDS = 30


@app.callback()
def _group() -> None:
    """Keeps `install` a command of its own while it is the only one."""


@app.command()
def install(
    standins: bool = typer.Option(False, help="Do not try the package hub."),
) -> None:
    """Install the packages from the dbt hub or, where it cannot be reached, the stand-ins."""
    if standins or not _installed_from_hub():
        install_standins()
        Console(stderr=True).print(
            "dbt's package hub cannot be reached: using the project's stand-ins for the tests of "
            "dbt_utils, dbt_expectations and elementary.",
            soft_wrap=True,
        )


def install_standins() -> None:
    """Puts the stand-ins where dbt looks for packages."""
    PACKAGES.mkdir(exist_ok=True)
    # With a lock file beside it, dbt empties the folder before it finds the hub out of reach.
    LOCK.unlink(missing_ok=True)
    for package in sorted(path for path in STANDINS.iterdir() if path.is_dir()):
        shutil.rmtree(PACKAGES / package.name, ignore_errors=True)
        shutil.copytree(package, PACKAGES / package.name)


def _installed_from_hub() -> bool:
    command = dbt_command("deps")
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, timeout=_DEPS_TIMEOUT_SECONDS,
            env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
