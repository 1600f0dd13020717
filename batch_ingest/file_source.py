"""Files as a source: dlt lists and opens them, the readers cut them into chunks.

Belongs here: which files a feed has. Does not belong here: formats, and which files are landed.
"""

import functools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import dlt
import fsspec
from dlt.sources.filesystem import filesystem

from batch_ingest.chunk import Chunk
from batch_ingest.dlt_runtime import extracting
from batch_ingest.mapping import Feed
from batch_ingest.readers import OpenedFile, read_chunks, reading
from batch_ingest.suggestions import suggestion
from sentinel.errors import MappingError, SourceReadError


@dataclass(frozen=True)
class FileSource:
    """A folder or bucket prefix, or one file in it.

    Attributes:
        root: folder, or fsspec URL.
        only: name of the one file to read, where the source is a file.
    """

    root: str
    only: str | None = None

    @classmethod
    def at(cls, location: str | None) -> "FileSource":
        """The source at a path or URL; raises SourceReadError when there is none."""
        if not location:
            raise SourceReadError("this mapping reads files: name the folder (SOURCE=...).")
        store, path = fsspec.core.url_to_fs(location)
        if store.isdir(path):
            return cls(location.rstrip("/"))
        if store.exists(path):
            folder, _, name = location.rpartition("/")
            return cls(folder or ".", name)
        raise SourceReadError(f"there is no folder or file {location!r}: give an existing one.")

    def files(self, name: str, feed: Feed) -> list[OpenedFile]:
        """The feed's files in the order of their paths.

        Raises:
            MappingError: when no file fits the feed's glob and the feed is not optional.
        """
        store, path = fsspec.core.url_to_fs(self.root)
        listed = filesystem(
            self.root if "://" in self.root else os.path.abspath(self.root),
            credentials=store,
            file_glob=feed.source,
        )
        with extracting(self.root, "check the path and the permissions."):
            found = [
                OpenedFile(
                    path=item["relative_path"],
                    size_bytes=item["size_in_bytes"],
                    open=functools.partial(item.open, mode="rb", compression="disable"),
                )
                for item in listed
            ]
        if self.only is not None:
            found = [file for file in found if file.path == self.only]
        if not found and not feed.optional:
            there = {entry.rsplit("/", 1)[-1] for entry in store.ls(path, detail=False)}
            raise MappingError(
                f"datasets.{name}: no file in {self.root} fits {feed.source!r}; "
                f"{suggestion(feed.source, there)} Change 'from', or set 'optional: true'."
            )
        return sorted(found, key=lambda file: file.path)


def chunks(
    files: list[OpenedFile], feed: Feed, is_wanted: Callable[[OpenedFile, str], bool]
) -> Iterator[tuple[OpenedFile, str, Chunk]]:
    """Every chunk of the wanted files, one file after the other, as dlt extracts them.

    Args:
        is_wanted: whether to read a file, by the file and the hash of its content.

    Raises:
        SourceReadError: when a file cannot be read, naming it.
    """

    def chunks_of(file: OpenedFile) -> Iterator[tuple[OpenedFile, str, Chunk]]:
        with reading(file):
            content_hash = file.content_hash()
        if is_wanted(file, content_hash):
            for chunk in read_chunks(file, feed):
                yield file, content_hash, chunk

    resource = dlt.resource(files, name="files") | dlt.transformer(chunks_of, name="read_chunks")
    with extracting(feed.source, "check that its files are whole."):
        yield from resource
