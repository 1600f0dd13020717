"""Which streams there are in this environment, and where they begin and end.

Belongs here: the one place that chooses a kind of stream. Does not belong here: the kinds.
"""

from pathlib import Path

from sentinel.settings import Settings
from streaming_ingest.local_stream import LocalStream
from streaming_ingest.producers import Producer, Spool
from streaming_ingest.streams import StreamReader

STREAMED = ("transactions", "fraud_labels")
"""Datasets that arrive record by record."""


def stream_name(dataset: str) -> str:
    """Name of the stream that carries a dataset, the same in every environment."""
    return f"sentinel-{dataset.replace('_', '-')}"


def producer(settings: Settings, dataset: str) -> Producer:
    """What puts records into the stream of a dataset; close it when done."""
    name = stream_name(dataset)
    spool = Spool(settings.state_folder / "spool" / name)
    if settings.spec.stream == "folder":
        return Producer(local_stream(settings, dataset), spool, is_atomic=True)
    from streaming_ingest.aws import client
    from streaming_ingest.kinesis import KinesisWriter

    return Producer(KinesisWriter(name, client("kinesis", settings)), spool)


def reader(settings: Settings, dataset: str) -> StreamReader:
    """What reads the stream of a dataset."""
    if settings.spec.stream == "folder":
        return local_stream(settings, dataset)
    from streaming_ingest.aws import client
    from streaming_ingest.kinesis import KinesisReader

    return KinesisReader(stream_name(dataset), client("kinesis", settings))


def local_stream(settings: Settings, dataset: str) -> LocalStream:
    """The stream of a dataset in the state folder."""
    return LocalStream(streams_folder(settings) / stream_name(dataset))


def streams_folder(settings: Settings) -> Path:
    """Where streams lie that are in folders."""
    return settings.state_folder / "streams"
