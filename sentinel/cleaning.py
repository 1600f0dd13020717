"""Cleaning: what of the lake nobody will read any more.

Belongs here: finding and removing files that compactions replaced, and what interrupted writers
left behind. Does not belong here: making files live or not; see `compaction`, `delivery`.

A file is removed only when it has been without use for days: whoever began to read before a
compaction still has it, and a writer whose commit comes later than its files still finds them.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sentinel.lake import QUARANTINE, RAW, REPLAYED, Lake
from sentinel.ledger import Ledger, LedgerEntry
from sentinel.live_files import LiveFiles

# How writers of this lake name files: by their content, and a folder's temporary files after them.
_OURS = re.compile(r".+-(?P<hash>[0-9a-f]{12})\.parquet")
_TEMPORARY = re.compile(r"\..+\.parquet\.[0-9a-f]{32}")


@dataclass(frozen=True)
class Unused:
    """Paths of what may be removed of a dataset.

    Attributes:
        replaced: files that a compaction replaced long enough ago.
        abandoned: old files that neither a ledger entry nor a compaction names.
    """

    replaced: tuple[str, ...]
    abandoned: tuple[str, ...]


def unused(lake: Lake, dataset: str, before: datetime) -> Unused:
    """What was replaced, or written and never committed, before a time in UTC.

    What others put into the lake, as Firehose does, is not among it: only files whose name tells
    the hash of their content.
    """
    # The listing first: whatever in it is committed by now is known to what is read after it.
    is_old: dict[str, bool] = {}
    for zone in (RAW, QUARANTINE, REPLAYED):
        for path, modified_at in lake.modified(f"{zone}/{dataset}"):
            is_old[path] = modified_at < before
    replaced: list[str] = []
    named: set[str] = set()
    for compaction in LiveFiles(lake, dataset).compactions():
        named.update(compaction.replaced, (file.path for file in compaction.added))
        if compaction.compacted_at < before:
            replaced += [path for path in compaction.replaced if path in is_old]
    named.update(_named(Ledger(lake).entries(dataset)))
    abandoned = [path for path in is_old if is_old[path] and path not in named]
    return Unused(tuple(replaced), tuple(path for path in abandoned if _is_ours(lake, path)))


def remove(lake: Lake, found: Unused, before: datetime) -> None:
    """Removes what was found; interrupted, the rest is found again.

    Raises:
        LakeWriteError: when a file cannot be removed.
    """
    lake.delete(found.replaced)
    for path in found.abandoned:
        # Asked again: an attempt that is repeated after days writes the same file, and commits it.
        modified_at = lake.modified_at(path)
        if modified_at is not None and modified_at < before:
            lake.delete([path])


def _named(entries: Iterable[LedgerEntry]) -> set[str]:
    named: set[str] = set()
    for entry in entries:
        named.update(file.path for file in entry.files)
        named.update(path for path in (entry.rejected_file, entry.replayed_file) if path)
    return named


def _is_ours(lake: Lake, path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    if _TEMPORARY.fullmatch(name):
        return True
    ours = _OURS.fullmatch(name)
    if ours is None:
        return False
    return hashlib.sha256(lake.read(path)).hexdigest().startswith(ours["hash"])
