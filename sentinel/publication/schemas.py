"""The published copy in Redshift: schemas of their own, built beside and renamed.

`marts` is published as `published_marts`. The copy is made in `published_marts__new`; one
transaction renames all schemas at once. What reads through late-binding views goes on by name.
"""

import re
from collections.abc import Sequence
from typing import Any

from sentinel.errors import SettingsError
from sentinel.publication.published import PUBLISHED_SCHEMAS, Published
from sentinel.redshift import redshift_cursor, schema_prefix
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
        known = _schemas(cursor)
        for schema in PUBLISHED_SCHEMAS:
            source = f"{schema_prefix()}{schema}"
            new = f"{_published(schema)}{_NEW}"
            # What an interrupted attempt has left.
            for left in (new, f"{_published(schema)}{_OLD}"):
                if left in known:
                    cursor.execute(f"drop schema {left} cascade")
            cursor.execute(f"create schema {new}")
            for table in _tables(cursor, source):
                cursor.execute(f"create table {new}.{table} as select * from {source}.{table}")
                cursor.execute(f"select count(*) from {new}.{table}")
                counts[f"{schema}.{table}"] = int(cursor.fetchone()[0])
            for reader in readers:
                cursor.execute(f"grant usage on schema {new} to {reader}")
                cursor.execute(f"grant select on all tables in schema {new} to {reader}")
        _swap(cursor, known)
    return Published(", ".join(map(_published, PUBLISHED_SCHEMAS)), counts)


def _swap(cursor: Any, known: Sequence[str]) -> None:
    there = [each for each in map(_published, PUBLISHED_SCHEMAS) if each in known]
    cursor.execute("begin")
    for schema in there:
        cursor.execute(f"alter schema {schema} rename to {schema}{_OLD}")
    for schema in map(_published, PUBLISHED_SCHEMAS):
        cursor.execute(f"alter schema {schema}{_NEW} rename to {schema}")
    cursor.execute("commit")
    for schema in there:
        cursor.execute(f"drop schema {schema}{_OLD} cascade")


def _published(schema: str) -> str:
    return f"{schema_prefix()}published_{schema}"


def _schemas(cursor: Any) -> list[str]:
    cursor.execute("select nspname from pg_namespace")
    return [name for (name,) in cursor.fetchall()]


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
