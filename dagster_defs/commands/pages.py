"""`sentinel ui` and `sentinel docs`: the two places to look.

Belongs here: starting the Dagster UI and making the dbt docs. Does not belong here: content.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dagster_defs.commands.instance import prepare_instance
from sentinel.dbt_project import dbt_command
from sentinel.errors import SentinelError
from sentinel.settings import REPOSITORY_ROOT, Settings


def ui(port: Annotated[int, typer.Option(help="Port on the loopback address.")] = 3000) -> None:
    """Open Dagster's UI on this machine; stop it with Ctrl-C."""
    prepare_instance(Settings.load())
    os.environ["SENTINEL_SAMPLE"] = "false"
    Console().print(f"Dagster on http://127.0.0.1:{port} (Ctrl-C to stop)")
    command = [
        sys.executable, "-m", "dagster", "dev", "--module-name", "dagster_defs.definitions",
        "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    os.chdir(REPOSITORY_ROOT)
    os.execv(sys.executable, command)  # noqa: S606 - Ctrl-C must reach Dagster itself


def docs() -> None:
    """Make dbt's docs as one static page that opens from disk."""
    settings = Settings.load()
    prepare_instance(settings)
    if not settings.warehouse_file.exists():
        raise SentinelError("the docs describe a built warehouse: run `make demo` first.")
    command = dbt_command("docs", "generate", "--static", "--target", settings.spec.target)
    if subprocess.run(command, check=False).returncode:
        raise SentinelError("dbt could not make the docs; its message is above.")
    page = Path(os.environ["DBT_TARGET_PATH"]) / "static_index.html"
    Console().print(
        f"Open {page} in a browser; lineage: the round button at the bottom right.", soft_wrap=True
    )
