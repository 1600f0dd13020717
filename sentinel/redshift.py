"""A connection to Redshift for programs that are not dbt: to the same place, in the same way.

Belongs here: connecting. What profiles.yml says of the target `redshift` is all there is to know,
and dbt's own adapter makes the connection, so that every way to sign in that dbt has is there too.
Does not belong here: what is asked.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from sentinel.errors import SentinelError, SettingsError
from sentinel.profiles import output
from sentinel.settings import Settings

_WITHOUT_PREFIX = ("staging", "prod")


class RedshiftError(SentinelError):
    """Redshift cannot be reached."""


@contextlib.contextmanager
def redshift_cursor() -> Iterator[Any]:
    """A cursor whose statements each commit by themselves; closed afterwards.

    Raises:
        SettingsError: without dbt-redshift.
        RedshiftError: when there is no connection to be had.
    """
    try:
        from dbt.adapters.redshift.connections import RedshiftCredentials, get_connection_method
    except ImportError as error:
        raise SettingsError("Redshift needs its driver: install sentinel[redshift].") from error
    credentials = RedshiftCredentials.from_dict(RedshiftCredentials.translate_aliases(_output()))
    try:
        connection = get_connection_method(credentials)()
    # The driver, dbt and boto3 have many errors and no common one; each is told with its reason.
    except Exception as error:
        raise RedshiftError(
            f"no connection to Redshift at {credentials.host}:{credentials.port} as "
            f"{credentials.user} ({error}): look at SENTINEL_REDSHIFT_* (docs/guides/redshift.md)."
        ) from error
    with contextlib.closing(connection), contextlib.closing(connection.cursor()) as cursor:
        yield cursor


def schema(settings: Settings, name: str) -> str:
    """A schema of the project as the warehouse of these settings has it.

    On Redshift a developer's have a prefix; the macro `generate_schema_name` says the same.
    """
    front = "" if settings.spec.target == "duckdb" else prefix()
    return name if front in ("", *_WITHOUT_PREFIX) else f"{front}_{name}"


def prefix() -> str:
    """What schemas begin with on dbt's target `redshift`; `staging` and `prod` mean nothing."""
    return str(_output()["schema"])


def schemas(cursor: Any) -> list[str]:
    """Every schema that is there."""
    cursor.execute("select nspname from pg_namespace")
    return [name for (name,) in cursor.fetchall()]


def _output() -> dict[str, Any]:
    """What dbt's adapter is told, without what only dbt itself reads."""
    return {k: v for k, v in output("redshift").items() if k not in ("type", "threads")}
