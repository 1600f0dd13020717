"""What Dagster needs to know about where it runs, from `sentinel.settings`.

Belongs here: the dbt project with its manifest, and the days there are. Does not belong here:
settings of its own.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtProject

from sentinel.dbt_project import ensure_manifest, target_folder
from sentinel.lake import RAW
from sentinel.settings import REPOSITORY_ROOT, Settings

FIRST_DAY_WITHOUT_DATA = date(2024, 1, 1)


@dataclass(frozen=True)
class Environment:
    """Settings, dbt project and daily partitions of one process."""

    settings: Settings
    project: DbtProject
    daily: dg.DailyPartitionsDefinition
    variables: dict[str, str]
    """What every dbt command is given, so that dbt need not parse the project again for each."""


def current_environment() -> Environment:
    """Reads the settings, and parses the dbt project if its manifest is out of date."""
    settings = Settings.load()
    project = DbtProject(
        project_dir=REPOSITORY_ROOT,
        target_path=target_folder(settings),
        profiles_dir=REPOSITORY_ROOT,
        target=settings.spec.target,
    )
    first, after_last = _days(settings)
    variables = _variables(first, after_last)
    ensure_manifest(project.target_path, str(project.target), variables)
    daily = dg.DailyPartitionsDefinition(
        start_date=first.isoformat(), end_date=after_last.isoformat() if after_last else None
    )
    return Environment(settings, project, daily, variables)


def day_range_variables(first: str, last: str) -> dict[str, str]:
    """dbt variables that limit a daily model to a range of days, both ends included."""
    return {"start_date": first, "end_date": last}


def _variables(first: date, after_last: date | None) -> dict[str, str]:
    """All days, and the "now" of elementary's anomaly tests: the end of data that has ended.

    Measured against the clock, a data set of last year has no recent days to look at.
    """
    if after_last is None:
        return {}
    return {
        **day_range_variables(first.isoformat(), (after_last - timedelta(days=1)).isoformat()),
        "custom_run_started_at": f"{after_last.isoformat()}T00:00:00",
    }


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
