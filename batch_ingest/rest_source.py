"""REST APIs as a source: dlt's `rest_api`, its paginators, authentication and retries.

Belongs here: asking and turning pages. Does not belong here: which records are new
(`row_landing`).
"""

from collections.abc import Generator
from typing import Any

from dlt.sources.helpers.requests import Client
from dlt.sources.rest_api import rest_api_resources

from batch_ingest.dlt_runtime import extracting
from batch_ingest.mapping import Feed, RestSource
from batch_ingest.row_source import Rows, from_environment
from sentinel.errors import MappingError, SourceReadError

_LONGEST_WAIT_SECONDS = 300


class RestApi:
    """One API.

    Raises:
        SourceReadError: when neither the mapping nor the caller gives an address.
    """

    def __init__(self, spec: RestSource, location: str | None) -> None:
        self._spec = spec
        base_url = location or spec.base_url
        if base_url is None:
            raise SourceReadError("this mapping reads an API: give its address (SOURCE=...).")
        self._base_url = base_url.rstrip("/")

    def origin(self, feed: Feed) -> str:
        """Address of the feed's path, without its query."""
        address = self._spec.identity or self._base_url.partition("?")[0]
        return f"{address}/{feed.source.lstrip('/')}"

    def read(self, name: str, feed: Feed, start: Any) -> Rows:
        """Every page of the feed's path, from a cursor value on where the API takes one."""
        cursor = feed.cursor
        if cursor is not None and cursor.param is None:
            raise MappingError(
                f"datasets.{name}.cursor: name the query parameter that takes the value from "
                "which to read ('param')."
            )
        params = dict(feed.request.params)
        if cursor is not None and cursor.param is not None and start is not None:
            params[cursor.param] = start
        is_ordered = cursor is not None and cursor.order == "ascending"
        return Rows(self._records(name, feed, params), is_ordered)

    def _records(self, name: str, feed: Feed, params: dict[str, Any]) -> Generator[Any, None, None]:
        endpoint: dict[str, Any] = {"path": feed.source, "params": params}
        if feed.request.data_selector is not None:
            endpoint["data_selector"] = feed.request.data_selector
        if feed.request.paginator is not None:
            endpoint["paginator"] = feed.request.paginator
        fix = "check the address, the authentication and the paginator; then run the load again."
        with extracting(self.origin(feed), fix):
            resources = rest_api_resources(
                {
                    "client": self._client(),
                    "resources": [{"name": name, "endpoint": endpoint}],
                }
            )
            for resource in resources:
                yield from resource

    def _client(self) -> dict[str, Any]:
        spec = self._spec
        session = Client(
            request_timeout=spec.timeout_seconds,
            raise_for_status=False,
            request_max_attempts=spec.max_attempts,
            request_backoff_factor=spec.backoff_seconds,
            request_max_retry_delay=_LONGEST_WAIT_SECONDS,
        ).session
        client: dict[str, Any] = {
            "base_url": self._base_url,
            "headers": {name: _resolved(value, name) for name, value in spec.headers.items()},
            "session": session,
        }
        if spec.auth is not None:
            client["auth"] = {name: _resolved(value, name) for name, value in spec.auth.items()}
        if spec.paginator is not None:
            client["paginator"] = spec.paginator
        return client


def _resolved(value: str | dict[Any, str], name: str) -> str:
    return value if isinstance(value, str) else from_environment(value["env"], name)
