"""The local Dagster instance.

Belongs here: its home and its settings. Does not belong here: running anything.
"""

import os
from pathlib import Path

from sentinel.settings import Settings

_DAGSTER_YAML = """\
# Written by Sentinel. No telemetry, and no window over the page at the first visit.
telemetry:
  enabled: false
nux:
  enabled: false
"""


def prepare_instance(settings: Settings) -> Path:
    """Makes the instance's home and points this process, and those it starts, to it."""
    home = Path(os.environ.get("DAGSTER_HOME", settings.state_folder / "dagster"))
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "dagster.yaml"
    if not configuration.exists():
        configuration.write_text(_DAGSTER_YAML)
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ.setdefault("SENTINEL_HOME", str(settings.state_folder))
    os.environ.setdefault("DBT_TARGET_PATH", str(settings.state_folder / "dbt" / "target"))
    os.environ.setdefault("DBT_LOG_PATH", str(settings.state_folder / "dbt" / "logs"))
    return home
