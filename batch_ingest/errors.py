"""Errors that only batch ingestion raises; the others are in `sentinel.errors`."""

from sentinel.errors import SentinelError


class LoaderBusyError(SentinelError):
    """Another load is writing to the same lake."""
