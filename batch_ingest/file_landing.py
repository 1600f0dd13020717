"""Landing the files of a feed, and the labels split off the same files.

Belongs here: which parts of which files are still to be delivered. Does not belong here: reading
files, and delivering a batch. A batch is a part of a file: its id follows from the mapping, the
file's path and content and the part's first position, so a load that is run again meets its own
commits, whatever interrupted it.
"""

import time
from dataclasses import replace

from batch_ingest.chunk import Chunk
from batch_ingest.file_source import FileSource, chunks
from batch_ingest.load import Load, Output
from batch_ingest.readers import OpenedFile
from batch_ingest.report import Progress
from batch_ingest.schema_check import check_files, check_known


class FileLanding:
    """Lands one feed's files.

    Args:
        names: the feed and the derived labels that read the same files.
    """

    def __init__(self, load: Load, names: list[str], source: FileSource) -> None:
        self._load = load
        self._outputs = [load.output(name) for name in names]
        self._feed = self._outputs[0].feed
        self._files = source.files(names[0], self._feed)
        self._progress = Progress(
            feed=names[0],
            dataset=self._feed.dataset,
            files_total=len(self._files),
            bytes_total=sum(file.size_bytes for file in self._files),
        )
        self._dealt_with: dict[str, int] = {}

    def run(self) -> None:
        """Delivers what is not yet in the ledger."""
        started = time.monotonic()
        for output in self._outputs:
            check_files(output.name, output.feed, self._files, output.history.columns_seen)
            self._load.report.of(output.feed.dataset).file_count += len(self._files)
        self._tell()
        for file, content_hash, chunk in chunks(self._files, self._feed, self._is_wanted):
            self._land(file, content_hash, chunk)
        for output in self._outputs:
            self._load.history.forget(output.feed.dataset)
        self._load.report.of(self._feed.dataset).seconds += time.monotonic() - started

    def _is_wanted(self, file: OpenedFile, content_hash: str) -> bool:
        """Whether any output lacks a part of the file; counts what is there for the others."""
        is_wanted = False
        for output in self._outputs:
            done = output.history.file_progress(output.mapping_hash, file.path, content_hash)
            report = self._load.report.of(output.feed.dataset)
            report.present_batch_count += done.batch_count
            report.present_row_count += done.row_count
            is_wanted = is_wanted or not done.is_complete
        if not is_wanted:
            self._tell(file, file.size_bytes, is_done=True)
        return is_wanted

    def _land(self, file: OpenedFile, content_hash: str, chunk: Chunk) -> None:
        chunk = self._with_safe_names(chunk)
        for output in self._outputs:
            done = output.history.file_progress(output.mapping_hash, file.path, content_hash)
            if not done.is_complete and chunk.end_position >= done.position:
                self._deliver(output, file, content_hash, chunk.starting_at(done.position))
        read = file.size_bytes if chunk.is_last else chunk.bytes_read
        row_count = chunk.records.num_rows + len(chunk.unreadable)
        self._progress = replace(self._progress, row_count=self._progress.row_count + row_count)
        self._tell(file, read, chunk.is_last)

    def _deliver(self, output: Output, file: OpenedFile, content_hash: str, chunk: Chunk) -> None:
        check_known(output.name, output.feed, file.path, chunk.columns)
        extract = output.extract(
            file.path, chunk.columns if output.watch else (), content_hash=content_hash,
            first_position=chunk.first_position, end_position=chunk.end_position,
            is_last=chunk.is_last,
        )  # fmt: skip
        batch_id = self._load.batch_id(
            output.mapping_hash, output.name, file.path, content_hash, chunk.first_position
        )
        output.deliver(chunk, batch_id, file.path, extract)

    def _with_safe_names(self, chunk: Chunk) -> Chunk:
        """Column names travel further than values: into the ledger and into logs."""
        names = [self._load.tokeniser.redacted(name) for name in chunk.records.column_names]
        return replace(chunk, records=chunk.records.rename_columns(names))

    def _tell(
        self, file: OpenedFile | None = None, bytes_read: int = 0, is_done: bool = False
    ) -> None:
        if file is not None:
            self._dealt_with[file.path] = bytes_read
            self._progress = replace(
                self._progress,
                files_done=self._progress.files_done + is_done,
                bytes_done=sum(self._dealt_with.values()),
            )
        self._load.tell(self._progress)
