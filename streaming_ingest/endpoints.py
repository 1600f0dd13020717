"""Which streams there are in this environment, and where they begin and end.

Belongs here: the one place that chooses a kind of stream. Does not belong here: the kinds.
"""

from pathlib import Path

from sentinel.settings import Settings
from streaming_ingest.local_stream import LocalStream

STREAMED = ("transactions", "fraud_labels")
"""Datasets that arrive record by record."""


def stream_name(dataset: str) -> str:
    """Name of the stream that carries a dataset, the same in every environment."""
    return f"sentinel-{dataset.replace('_', '-')}"


def local_stream(settings: Settings, dataset: str) -> LocalStream:
    """The stream of a dataset in the state folder."""
    return LocalStream(streams_folder(settings) / stream_name(dataset))


def streams_folder(settings: Settings) -> Path:
    """Where streams lie that are in folders."""
    return settings.state_folder / "streams"
