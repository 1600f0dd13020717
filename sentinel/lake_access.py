"""Ways to the lake of the settings: for this process, and for DuckDB.

Belongs here: addresses, extension and credentials. Does not belong here: what is read or written.
"""

from typing import Any
from urllib.parse import urlsplit

import duckdb

from sentinel.errors import SettingsError
from sentinel.lake import Lake
from sentinel.settings import Settings


def open_lake(settings: Settings, location: str | None = None) -> Lake:
    """The lake of the settings, or another one that is reached the same way."""
    endpoint = settings.aws_endpoint_url
    options = {"endpoint_url": endpoint} if endpoint else None
    return Lake(location or settings.lake_location, options)


def let_duckdb_read_lake(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Lets a connection read the lake of these settings; nothing to do for a folder.

    The extension comes from a package: DuckDB would download it, which closed networks forbid.
    Credentials are those that boto3 finds, so that every part of a process has the same.

    Raises:
        SettingsError: without sentinel[aws], or without credentials.
    """
    if settings.spec.lake != "s3":
        return
    try:
        import boto3
        from duckdb_extensions import import_extension
    except ImportError as error:
        raise SettingsError("a lake on S3 needs sentinel[aws].") from error
    import_extension("httpfs", con=connection)
    session = boto3.Session()
    credentials = session.get_credentials()
    if credentials is None:
        raise SettingsError(
            f"no AWS credentials to read {settings.lake_location}: set a profile, environment "
            "variables or a role, as for any boto3 client."
        )
    frozen = credentials.get_frozen_credentials()
    options: dict[str, Any] = {
        "key_id": frozen.access_key,
        "secret": frozen.secret_key,
        "session_token": frozen.token,
        "region": session.region_name,
    }
    if settings.aws_endpoint_url:
        address = urlsplit(settings.aws_endpoint_url)
        options |= {
            "endpoint": address.netloc,
            "url_style": "path",
            "use_ssl": str(address.scheme == "https").lower(),
        }
    listed = ", ".join(f"{name} '{_quoted(value)}'" for name, value in options.items() if value)
    connection.execute(f"create or replace secret lake (type s3, {listed})")


def _quoted(value: str) -> str:
    return value.replace("'", "''")
