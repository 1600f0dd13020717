"""The published copy of a DuckDB warehouse: a second file, written beside and renamed."""

import os
import uuid

import duckdb

from sentinel.publication.published import PUBLISHED_SCHEMAS, Published
from sentinel.settings import Settings


def publish_file(settings: Settings) -> Published:
    """Replaces the published file with a copy.

    A reader keeps the file it has open; whoever opens next sees the new one.
    """
    target = settings.published_file
    target.parent.mkdir(parents=True, exist_ok=True)
    copy = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        counts = _copy(str(settings.warehouse_file), str(copy))
        os.replace(copy, target)
    finally:
        copy.unlink(missing_ok=True)
    return Published(str(target), counts)


def _copy(warehouse: str, copy: str) -> dict[str, int]:
    counts = {}
    # Same name as the warehouse, because its views name their database.
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as sentinel (read_only)")
        connection.execute(f"attach '{copy}' as published")
        found = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_catalog = 'sentinel' and list_contains($1, table_schema) order by all",
            [list(PUBLISHED_SCHEMAS)],
        ).fetchall()
        for schema, name in found:
            connection.execute(f"create schema if not exists published.{schema}")
            connection.execute(
                f"create table published.{schema}.{name} as from sentinel.{schema}.{name}"
            )
            row = connection.execute(f"select count(*) from published.{schema}.{name}").fetchone()
            counts[f"{schema}.{name}"] = row[0] if row else 0
    return counts
