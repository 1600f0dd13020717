"""The published copy of a DuckDB warehouse: a second file, written beside and renamed.

The copy before it lies beside it as `previous.duckdb`.
"""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import duckdb

from sentinel.publication.published import PUBLISHED_SCHEMAS, Published
from sentinel.settings import Settings


def publish_file(settings: Settings) -> Published:
    """Replaces the published file with a copy.

    A reader keeps the file it has open; whoever opens next sees the new one.
    """
    target = settings.published_file
    target.parent.mkdir(parents=True, exist_ok=True)
    with _beside(target) as copy:
        counts = _copy(str(settings.warehouse_file), str(copy))
        if target.exists():
            # A second name first, so that the published one is never without a file.
            with _beside(target) as present:
                os.link(target, present)
                os.replace(present, _previous(target))
        os.replace(copy, target)
    return Published(str(target), counts)


def roll_back_file(settings: Settings) -> Published | None:
    """Swaps the published file with the one before; None when there is none."""
    target = settings.published_file
    previous = _previous(target)
    if not previous.exists():
        return None
    with _beside(target) as present:
        os.link(target, present)
        os.replace(previous, target)
        os.replace(present, previous)
    return Published(str(target), _counts(str(target)))


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A hidden name in the same folder, of which nothing stays."""
    path = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _previous(target: Path) -> Path:
    return target.with_name(f"previous{target.suffix}")


def _copy(warehouse: str, copy: str) -> dict[str, int]:
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
    return _counts(copy)


def _counts(file: str) -> dict[str, int]:
    with duckdb.connect(file, read_only=True) as connection:
        names = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where list_contains($1, table_schema) order by all",
            [list(PUBLISHED_SCHEMAS)],
        ).fetchall()
        counts = {}
        for (name,) in names:
            row = connection.execute(f"select count(*) from {name}").fetchone()
            counts[name] = row[0] if row else 0
    return counts
