"""The published copy in Redshift: schemas of their own, built beside and renamed.

`marts` is published as `published_marts`. The copy is made in `published_marts__new`; one
transaction renames all schemas at once, and the one before becomes `published_marts__previous`.
What reads through late-binding views goes on by name.
"""

import re
from collections.abc import Sequence
from typing import Any

from sentinel.errors import SettingsError
from sentinel.publication.published import PUBLISHED_SCHEMAS, Published
from sentinel.redshift import redshift_cursor, schema, schemas
from sentinel.settings import Settings

_GRANTEE = re.compile(r"(?:(role|group) )?([a-z_][a-z0-9_]*)")
_NEW, _PREVIOUS, _SWAPPED = "__new", "__previous", "__swapped"


def publish_schemas(settings: Settings) -> Published:
    """Replaces the published schemas; those whom the settings name may read them.

    Raises:
        SettingsError: for a reader that is no name of a user, role or group.
        RedshiftError: when Redshift cannot be reached.
    """
    readers = [_grantee(each) for each in settings.published_readers]
    counts = {}
    with redshift_cursor() as cursor:
        known = schemas(cursor)
        published = _places(settings)
        for name, place in published.items():
            source, new = schema(settings, name), f"{place}{_NEW}"
            # What an interrupted attempt has left.
            if new in known:
                cursor.execute(f"drop schema {new} cascade")
            cursor.execute(f"create schema {new}")
            for table in _tables(cursor, source):
                cursor.execute(f"create table {new}.{table} as select * from {source}.{table}")
            counts.update(_counts(cursor, name, new))
            for reader in readers:
                cursor.execute(f"grant usage on schema {new} to {reader}")
                cursor.execute(f"grant select on all tables in schema {new} to {reader}")
        _replace(cursor, list(published.values()), known)
    return Published(", ".join(published.values()), counts)


def roll_back_schemas(settings: Settings) -> Published | None:
    """Swaps the published schemas with those before, all at once; None when one has none.

    Raises:
        RedshiftError: when Redshift cannot be reached.
    """
    published = _places(settings)
    with redshift_cursor() as cursor:
        known = schemas(cursor)
        if any(f"{place}{_PREVIOUS}" not in known for place in published.values()):
            return None
        cursor.execute("begin")
        for place in published.values():
            cursor.execute(f"alter schema {place} rename to {place}{_SWAPPED}")
            cursor.execute(f"alter schema {place}{_PREVIOUS} rename to {place}")
            cursor.execute(f"alter schema {place}{_SWAPPED} rename to {place}{_PREVIOUS}")
        cursor.execute("commit")
        counts = {}
        for name, place in published.items():
            counts.update(_counts(cursor, name, place))
    return Published(", ".join(published.values()), counts)


def _places(settings: Settings) -> dict[str, str]:
    return {name: schema(settings, f"published_{name}") for name in PUBLISHED_SCHEMAS}


def _replace(cursor: Any, places: Sequence[str], known: Sequence[str]) -> None:
    cursor.execute("begin")
    for place in places:
        if f"{place}{_PREVIOUS}" in known:
            cursor.execute(f"drop schema {place}{_PREVIOUS} cascade")
        if place in known:
            cursor.execute(f"alter schema {place} rename to {place}{_PREVIOUS}")
        cursor.execute(f"alter schema {place}{_NEW} rename to {place}")
    cursor.execute("commit")


def _counts(cursor: Any, name: str, place: str) -> dict[str, int]:
    counts = {}
    for table in _tables(cursor, place):
        cursor.execute(f"select count(*) from {place}.{table}")
        counts[f"{name}.{table}"] = int(cursor.fetchone()[0])
    return counts


def _tables(cursor: Any, schema: str) -> list[str]:
    """Tables and views, late-binding ones included."""
    cursor.execute(
        "select c.relname from pg_class as c inner join pg_namespace as n "
        f"on c.relnamespace = n.oid where n.nspname = '{schema}' and c.relkind in ('r', 'v') "
        "order by c.relname"
    )
    return [name for (name,) in cursor.fetchall()]


def _grantee(reader: str) -> str:
    found = _GRANTEE.fullmatch(reader.strip())
    if found is None:
        raise SettingsError(
            f"SENTINEL_PUBLISHED_READERS names {reader!r}: write names of users, `role name` or "
            "`group name`, by commas."
        )
    kind, name = found.groups()
    return f'{kind} "{name}"' if kind else f'"{name}"'
