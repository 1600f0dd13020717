"""What databases and APIs have in common as sources.

Belongs here: the interface between reading rows and landing them. Does not belong here: SQL, HTTP.
"""

import contextlib
import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from batch_ingest.mapping import Feed, FilesSource, RestSource, SqlSource
from sentinel.errors import SettingsError


@dataclass(frozen=True)
class Rows:
    """What one feed's reading gives.

    Attributes:
        records: the records, lazily; items that are no object may be among them.
        is_ordered: whether they come in the cursor's order.
        columns: names of all columns where the source knows them beforehand.
    """

    records: Generator[Any, None, None]
    is_ordered: bool
    columns: frozenset[str] | None = None


class RowSource(Protocol):
    """A database or an API."""

    def origin(self, feed: Feed) -> str:
        """Table or address of a feed, without secrets: how far it was read is kept under it."""
        ...

    def read(self, name: str, feed: Feed, start: Any) -> Rows:
        """Reads a feed from a cursor value on, that value included; all of it if None."""
        ...


@contextlib.contextmanager
def open_source(
    spec: FilesSource | SqlSource | RestSource, location: str | None
) -> Iterator[RowSource]:
    """The source that a mapping describes, open for reading."""
    # dlt takes over a second to import; only who reads rows pays for it.
    if isinstance(spec, SqlSource):
        from batch_ingest.sql_source import open_database

        with open_database(spec, location) as database:
            yield database
    elif isinstance(spec, RestSource):
        from batch_ingest.rest_source import RestApi

        yield RestApi(spec, location)
    else:
        raise TypeError("files are no rows: see file_landing")


def from_environment(name: str, purpose: str) -> str:
    """The value of an environment variable; raises SettingsError when it is not set."""
    value = os.environ.get(name)
    if not value:
        raise SettingsError(f"the mapping takes {purpose} from {name}: set this variable.")
    return value
