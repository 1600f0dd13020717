"""A connection to Redshift for programs that are not dbt: to the same place, in the same way.

Belongs here: connecting. What profiles.yml says of the target `redshift` is all there is to know,
and dbt's own adapter makes the connection, so that every way to sign in that dbt has is there too.
Does not belong here: what is asked.
"""

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import yaml

from sentinel.errors import SentinelError, SettingsError
from sentinel.settings import REPOSITORY_ROOT


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
    # Its types are dbt's and the driver's, which both have many errors and no common one.
    credentials = RedshiftCredentials.from_dict(RedshiftCredentials.translate_aliases(_output()))
    try:
        connection = get_connection_method(credentials)()
    except Exception as error:
        raise RedshiftError(
            f"no connection to Redshift at {credentials.host}:{credentials.port} as "
            f"{credentials.user} ({error}): look at SENTINEL_REDSHIFT_* (docs/guides/redshift.md)."
        ) from error
    with contextlib.closing(connection), contextlib.closing(connection.cursor()) as cursor:
        yield cursor


def schema_prefix() -> str:
    """What stands before the project's schemas; as in the macro `generate_schema_name`."""
    schema = str(_output()["schema"])
    return "" if schema in ("staging", "prod") else f"{schema}_"


def _output() -> dict[str, Any]:
    """What profiles.yml says of the target, its variables filled in by dbt."""
    from dbt.config.renderer import ProfileRenderer
    from dbt_common.context import set_invocation_context

    set_invocation_context(os.environ)
    profile = yaml.safe_load((REPOSITORY_ROOT / "profiles.yml").read_text())
    said = ProfileRenderer({}).render_data(profile["sentinel"]["outputs"]["redshift"])
    return {name: value for name, value in said.items() if name not in ("type", "threads")}
