"""What the ledger says of earlier loads: how far each file was read, from which value to go on.

Belongs here: reading commits, and what follows from them. Does not belong here: writing any. There
is no other state: what is not in the ledger has not happened.
"""

from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec
import pyarrow as pa

from sentinel.lake import LEDGER, Lake
from sentinel.ledger import Extract, LedgerEntry

_READERS = 16


@dataclass(frozen=True)
class FileProgress:
    """How far one file was landed for one feed."""

    position: int = 0
    is_complete: bool = False
    batch_count: int = 0
    row_count: int = 0


@dataclass(frozen=True)
class CommittedBatch:
    """What a later load needs of one commit."""

    entry: LedgerEntry
    extract: Extract


class FeedHistory:
    """The commits of one feed, the latest last.

    Attributes:
        columns: the source's columns in the latest batch that had records, None before the first.
        columns_seen: every column the source ever had.
    """

    def __init__(self, batches: Iterable[CommittedBatch] = ()) -> None:
        self.batches: list[CommittedBatch] = list(batches)
        self.columns: tuple[str, ...] | None = None
        self.columns_seen: set[str] = set()
        self._by_file: dict[tuple[str, str, str], list[CommittedBatch]] = defaultdict(list)
        for batch in self.batches:
            extract = batch.extract
            self.columns = extract.columns or self.columns
            self.columns_seen.update(extract.columns)
            key = (extract.mapping_hash, extract.origin, extract.content_hash)
            self._by_file[key].append(batch)

    def file_progress(self, mapping_hash: str, path: str, content_hash: str) -> FileProgress:
        """How far a file of this content was landed by a mapping that said the same."""
        parts = self._by_file.get((mapping_hash, path, content_hash), [])
        position, is_complete = 0, False
        for batch in sorted(parts, key=lambda part: part.extract.first_position):
            if batch.extract.first_position <= position:
                position = max(position, batch.extract.end_position)
                is_complete = is_complete or batch.extract.is_last
        rows = sum(batch.entry.produced_row_count for batch in parts)
        return FileProgress(position, is_complete, len(parts), rows)

    def of_mapping(self, mapping_hash: str) -> list[CommittedBatch]:
        """The batches that a mapping which says the same has landed."""
        return [batch for batch in self.batches if batch.extract.mapping_hash == mapping_hash]


class LakeHistory:
    """The commits of one mapping in a lake, read once for each dataset.

    Attributes:
        ids: what `references` found out about a dataset, until there are new commits.
    """

    def __init__(self, lake: Lake, mapping: str) -> None:
        self._lake = lake
        self._mapping = mapping
        self._entries: dict[str, list[LedgerEntry]] = {}
        self.ids: dict[str, pa.Array] = {}

    def entries(self, dataset: str) -> list[LedgerEntry]:
        """Every commit of a dataset, whoever made it, in the order of the commits."""
        if dataset not in self._entries:
            paths = self._lake.list(f"{LEDGER}/{dataset}", ".json")
            decoder = msgspec.json.Decoder(LedgerEntry)
            with ThreadPoolExecutor(_READERS) as pool:
                contents = pool.map(self._lake.read, paths)
                found = [decoder.decode(content) for content in contents]
            found.sort(key=lambda entry: entry.delivered_at)
            self._entries[dataset] = found
        return self._entries[dataset]

    def forget(self, dataset: str) -> None:
        """Reads a dataset's commits again when asked next: there are new ones."""
        self._entries.pop(dataset, None)
        self.ids.pop(dataset, None)

    def feed(self, dataset: str, name: str) -> FeedHistory:
        """The commits of one of the mapping's feeds or derived datasets."""
        return FeedHistory(
            CommittedBatch(entry, entry.extract)
            for entry in self.entries(dataset)
            if entry.extract is not None
            and (entry.extract.mapping, entry.extract.feed) == (self._mapping, name)
        )
