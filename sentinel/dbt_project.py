"""The dbt project in this repository, for the programs that run dbt or read its manifest.

Belongs here: how a dbt command is put together, and a manifest that is never out of date. Does not
belong here: what is built, or what is read from the manifest.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sentinel.errors import SentinelError
from sentinel.settings import REPOSITORY_ROOT, Settings

Manifest = dict[str, Any]
Variables = Mapping[str, str]

_PROJECT_FOLDERS = ("dbt_project", "macros", "seeds", "snapshots")
_PROJECT_FILES = ("dbt_project.yml", "profiles.yml", "packages.yml")
_VARIABLES_FILE = "manifest.variables.json"


class ManifestError(SentinelError):
    """dbt cannot parse the project."""


class DbtError(SentinelError):
    """A dbt command failed."""


def dbt_command(*arguments: str) -> list[str]:
    """A dbt command on this project, by the dbt that is installed beside this Python."""
    return [
        str(Path(sys.executable).with_name("dbt")), "--quiet", *arguments,
        "--project-dir", str(REPOSITORY_ROOT), "--profiles-dir", str(REPOSITORY_ROOT),
    ]  # fmt: skip


def run_dbt(settings: Settings, *arguments: str) -> str:
    """Runs a dbt command in a process of its own.

    Returns:
        What it printed; of macros what they log.

    Raises:
        DbtError: when it fails, with what it printed.
    """
    command = dbt_command(
        *arguments, "--target", settings.spec.target, "--target-path", str(target_folder(settings))
    )
    command.remove("--quiet")
    environment = {
        **os.environ, "SENTINEL_HOME": str(settings.state_folder), "SENTINEL_SAMPLE": "false",
        "SENTINEL_LAKE_URL": settings.lake_location,
    }  # fmt: skip
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=REPOSITORY_ROOT, env=environment
    )
    if done.returncode:
        raise DbtError(f"dbt {arguments[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


@cache
def project_variable(name: str) -> Any:
    """The value of a variable of dbt_project.yml, for programs that count as the models do.

    Raises:
        KeyError: when there is no variable of that name.
    """
    declared = yaml.safe_load((REPOSITORY_ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    return declared["vars"][name]


def target_folder(settings: Settings) -> Path:
    """Where the repository's commands keep what dbt parses and compiles."""
    told = os.environ.get("DBT_TARGET_PATH")
    return Path(told) if told else settings.state_folder / "dbt" / "target"


def variable_arguments(variables: Variables) -> list[str]:
    """The variables as dbt's command line takes them; nothing for none."""
    return ["--vars", json.dumps(variables)] if variables else []


def ensure_manifest(folder: Path, target: str, variables: Variables | None = None) -> Path:
    """Parses the project into a folder unless what lies there is of the project as it is now.

    Args:
        folder: dbt's target folder.
        target: dbt's target.
        variables: those that later commands pass. dbt parses everything again, for seconds, when
            its variables are not those of the last parse. None: whoever asks does not mind.

    Returns:
        The path of the manifest.

    Raises:
        ManifestError: when dbt cannot parse the project, with dbt's message.
    """
    manifest, parsed_with = folder / "manifest.json", folder / _VARIABLES_FILE
    wanted = json.dumps(variables or {}, sort_keys=True)
    is_current = manifest.is_file() and manifest.stat().st_mtime > _last_change()
    if is_current and variables is not None:
        is_current = parsed_with.is_file() and parsed_with.read_text() == wanted
    if not is_current:
        _parse(folder, target, variables or {})
        parsed_with.write_text(wanted)
    return manifest


def current_manifest(folder: Path | None = None) -> Manifest:
    """The manifest of the project as it is now; parsed only if it is out of date.

    Args:
        folder: dbt's target folder; that of the settings if None.

    Raises:
        ManifestError: when dbt cannot parse the project, with dbt's message.
    """
    path = ensure_manifest(folder or target_folder(Settings.load()), "duckdb")
    manifest: Manifest = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def _last_change() -> float:
    folders = (REPOSITORY_ROOT / name for name in _PROJECT_FOLDERS)
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    files += [REPOSITORY_ROOT / name for name in _PROJECT_FILES]
    return max(path.stat().st_mtime for path in files)


def _parse(folder: Path, target: str, variables: Variables) -> None:
    command = dbt_command(
        "parse", "--target", target, "--target-path", str(folder), *variable_arguments(variables)
    )
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=REPOSITORY_ROOT)
    if done.returncode:
        raise ManifestError(f"dbt cannot parse the project:\n{done.stdout}{done.stderr}")
