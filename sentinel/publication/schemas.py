"""The published copy in Redshift: schemas of their own, built beside and renamed.

`marts` is published as `published_marts`. The copy is made in `published_marts__new`; one
transaction renames all schemas at once. What reads through late-binding views goes on by name.
"""

import re
from collections.abc import Sequence
from typing import Any

from sentinel.errors import SettingsError
from sentinel.publication.published import PUBLISHED_SCHEMAS, Published
from sentinel.redshift import redshift_cursor, schema, schemas
from sentinel.settings import Settings

_GRANTEE = re.compile(r"(?:(role|group) )?([a-z_][a-z0-9_]*)")
_NEW, _OLD = "__new", "__old"


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
        published = {name: schema(settings, f"published_{name}") for name in PUBLISHED_SCHEMAS}
        for name, place in published.items():
            source, new = schema(settings, name), f"{place}{_NEW}"
            # What an interrupted attempt has left.
            for left in (new, f"{place}{_OLD}"):
                if left in known:
                    cursor.execute(f"drop schema {left} cascade")
            cursor.execute(f"create schema {new}")
            for table in _tables(cursor, source):
                cursor.execute(f"create table {new}.{table} as select * from {source}.{table}")
                cursor.execute(f"select count(*) from {new}.{table}")
                counts[f"{name}.{table}"] = int(cursor.fetchone()[0])
            for reader in readers:
                cursor.execute(f"grant usage on schema {new} to {reader}")
                cursor.execute(f"grant select on all tables in schema {new} to {reader}")
        _swap(cursor, list(published.values()), known)
    return Published(", ".join(published.values()), counts)


def _swap(cursor: Any, places: Sequence[str], known: Sequence[str]) -> None:
    there = [place for place in places if place in known]
    cursor.execute("begin")
    for place in there:
        cursor.execute(f"alter schema {place} rename to {place}{_OLD}")
    for place in places:
        cursor.execute(f"alter schema {place}{_NEW} rename to {place}")
    cursor.execute("commit")
    for place in there:
        cursor.execute(f"drop schema {place}{_OLD} cascade")


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
