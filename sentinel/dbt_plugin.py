"""What dbt-duckdb needs before it opens the warehouse.

Belongs here: preparing the state folder, so that every ordinary dbt command works from a fresh
clone. Does not belong here: SQL, or anything another engine needs as well.
"""

from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from sentinel.sample import land_sample_if_empty
from sentinel.settings import Settings


class Plugin(BasePlugin):
    """Named by profiles.yml; dbt-duckdb makes one before its first connection."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Makes the state folder, and lands the built-in sample where the lake is empty."""
        settings = Settings.load()
        settings.warehouse_file.parent.mkdir(parents=True, exist_ok=True)
        if plugin_config.get("sample", True):
            land_sample_if_empty(settings)
