"""Which streams there are in this environment, and where they begin and end.

Belongs here: the one place that chooses a kind of stream. Does not belong here: the kinds.
"""

from pathlib import Path

from sentinel.settings import Settings
from streaming_ingest.local_stream import LocalStream
from streaming_ingest.producers import Producer, Spool
from streaming_ingest.streams import StreamError, StreamReader

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


def reader(settings: Settings, name: str) -> StreamReader:
    """What reads a stream.

    Raises:
        StreamError: when there is no such stream in the state folder.
    """
    if settings.spec.stream == "folder":
        folder = _folder(settings, name)
        if not folder.is_dir():
            raise StreamError(
                f"there is no stream {name!r} in {folder.parent}: check the name, or start what "
                "writes to it first."
            )
        return LocalStream(folder)
    from streaming_ingest.aws import client
    from streaming_ingest.kinesis import KinesisReader

    return KinesisReader(name, client("kinesis", settings))


def local_stream(settings: Settings, dataset: str) -> LocalStream:
    """The stream of a dataset in the state folder; made when missing."""
    return LocalStream(_folder(settings, stream_name(dataset)))


def dataset_reader(settings: Settings, dataset: str) -> StreamReader:
    """What reads the stream of a dataset, which need not have been written to yet."""
    if settings.spec.stream == "folder":
        return local_stream(settings, dataset)
    return reader(settings, stream_name(dataset))


def _folder(settings: Settings, name: str) -> Path:
    return settings.state_folder / "streams" / name
