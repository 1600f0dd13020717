"""What Dagster needs to know about where it runs, from `sentinel.settings`.

Belongs here: the dbt project with its manifest, and the days there are. Does not belong here:
settings of its own.
"""

import os
import subprocess
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtProject

from sentinel.dbt_command import dbt_command
from sentinel.errors import SettingsError
from sentinel.lake import RAW
from sentinel.settings import REPOSITORY_ROOT, Settings

FIRST_DAY_WITHOUT_DATA = date(2024, 1, 1)
_DBT_FOLDERS = ("dbt_project", "macros", "seeds", "snapshots")
_DBT_FILES = ("dbt_project.yml", "profiles.yml", "packages.yml")


@dataclass(frozen=True)
class Environment:
    """Settings, dbt project and daily partitions of one process."""

    settings: Settings
    project: DbtProject
    daily: dg.DailyPartitionsDefinition
    data_ends_before: date | None
    """The day after the last day with data, where that can be seen without a network."""


def current_environment() -> Environment:
    """Reads the settings, and parses the dbt project if its manifest is out of date."""
    settings = Settings.load()
    project = DbtProject(
        project_dir=REPOSITORY_ROOT,
        target_path=Path(
            os.environ.get("DBT_TARGET_PATH", settings.state_folder / "dbt" / "target")
        ),
        profiles_dir=REPOSITORY_ROOT,
        target=settings.spec.target,
    )
    _parse_if_outdated(project)
    first, after_last = _days(settings)
    daily = dg.DailyPartitionsDefinition(
        start_date=first.isoformat(), end_date=after_last.isoformat() if after_last else None
    )
    return Environment(settings, project, daily, after_last)


def _parse_if_outdated(project: DbtProject) -> None:
    manifest = Path(project.manifest_path)
    if manifest.exists() and manifest.stat().st_mtime > _last_change(project.project_dir):
        return
    command = dbt_command(
        "parse", "--target", str(project.target), "--target-path", str(project.target_path)
    )
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=project.project_dir
    )
    if done.returncode:
        raise SettingsError(f"dbt cannot parse the project:\n{done.stdout}{done.stderr}")


def _last_change(root: Path) -> float:
    files = [root / name for name in _DBT_FILES]
    files += [
        path for folder in _DBT_FOLDERS for path in (root / folder).rglob("*") if path.is_file()
    ]
    return max(path.stat().st_mtime for path in files if path.exists())


def _days(settings: Settings) -> tuple[date, date | None]:
    """First day with data, and the day after the last where that can be seen without a network."""
    if settings.first_event_date:
        return settings.first_event_date, None
    if settings.spec.lake == "folder":
        folders = Path(settings.lake_location, RAW, "transactions").glob("event_date=*")
        days = sorted(date.fromisoformat(folder.name.partition("=")[2]) for folder in folders)
        if days:
            return days[0], days[-1] + timedelta(days=1)
    return FIRST_DAY_WITHOUT_DATA, None
