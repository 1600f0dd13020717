"""dbt's manifest: what the project declares about its models, as one JSON object.

Belongs here: finding the manifest, and making it anew when the project has changed since. Does not
belong here: what is read from it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from sentinel.errors import SentinelError
from sentinel.settings import REPOSITORY_ROOT, Settings

Manifest = dict[str, Any]

_PROJECT_FOLDERS = ("dbt_project", "macros", "seeds", "snapshots")
_PROJECT_FILES = ("dbt_project.yml", "profiles.yml", "packages.yml")


class ManifestError(SentinelError):
    """dbt cannot parse the project."""


def current_manifest(target_path: Path | None = None) -> Manifest:
    """The manifest of the project as it is now; parsed only if it is out of date.

    Args:
        target_path: dbt's target folder; DBT_TARGET_PATH, or the one in the state folder, if None.

    Raises:
        ManifestError: when dbt cannot parse the project, with dbt's message.
    """
    folder = target_path or default_target_path()
    path = folder / "manifest.json"
    if not path.is_file() or path.stat().st_mtime <= _last_change():
        _parse(folder)
    manifest: Manifest = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def default_target_path() -> Path:
    """Where the repository's commands keep what dbt compiles."""
    told = os.environ.get("DBT_TARGET_PATH")
    return Path(told) if told else Settings.load().state_folder / "dbt" / "target"


def _last_change() -> float:
    folders = (REPOSITORY_ROOT / name for name in _PROJECT_FOLDERS)
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    files += [REPOSITORY_ROOT / name for name in _PROJECT_FILES]
    return max(path.stat().st_mtime for path in files)


def _parse(target_path: Path) -> None:
    command = [
        sys.executable, "-m", "dbt.cli.main", "--quiet", "parse", "--target", "duckdb",
        "--project-dir", str(REPOSITORY_ROOT), "--profiles-dir", str(REPOSITORY_ROOT),
        "--target-path", str(target_path),
    ]  # fmt: skip
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=REPOSITORY_ROOT)
    if done.returncode:
        raise ManifestError(f"dbt cannot parse the project:\n{done.stdout}{done.stderr}")
