"""What dbt-duckdb needs before it opens the warehouse.

Belongs here: preparing the state folder, so that every ordinary dbt command works from a fresh
clone. Does not belong here: SQL, or anything another engine needs as well.
"""

import os
import sys
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from batch_ingest import land, load_mapping
from sentinel.lake import LEDGER, Lake
from sentinel.lake_access import let_duckdb_read_lake
from sentinel.sample import SAMPLE_MAPPING, prepare_sample
from sentinel.settings import Settings


class Plugin(BasePlugin):
    """Named by profiles.yml; dbt-duckdb makes one before its first connection."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Makes the state folder, and lands the built-in sample where the lake is empty."""
        settings = Settings.load()
        settings.warehouse_file.parent.mkdir(parents=True, exist_ok=True)
        wants_sample = os.environ.get("SENTINEL_SAMPLE", "true") == "true"
        if wants_sample and settings.spec.lake == "folder" and not _has_data(settings):
            print("The lake is empty: landing the built-in sample.", file=sys.stderr)  # noqa: T201
            land(settings, load_mapping(SAMPLE_MAPPING), str(prepare_sample(settings)))

    def configure_connection(self, conn: Any) -> None:
        """Lets DuckDB read the lake where it is on S3."""
        let_duckdb_read_lake(conn, Settings.load())


def _has_data(settings: Settings) -> bool:
    return bool(Lake(settings.lake_location).list(LEDGER, ".json"))
