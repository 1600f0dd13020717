"""What was removed from the lake, or written over, and how it comes back.

Belongs here: comparing the versions that a bucket keeps. Does not belong here: copies of whole
lakes, and what is built from them: a warehouse is built anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sentinel.lake import COMPACTIONS, LEDGER, QUARANTINE, RAW, REPLAYED, Lake

if TYPE_CHECKING:
    from sentinel.object_store import Version

WRITTEN_ONCE = (RAW, LEDGER, COMPACTIONS, QUARANTINE, REPLAYED, "fingerprints")
"""Zones in which an object is as it was written or not there: everything that engines read of the
lake rests on them. Others are written again by the commands that keep them."""


@dataclass(frozen=True)
class Lost:
    """An object that is not as it was.

    Attributes:
        version: what it was.
        is_removed: whether it is not there; otherwise it was written over.
    """

    version: "Version"
    is_removed: bool


def lost_since(lake: Lake, at: datetime) -> list[Lost]:
    """What was there at a time and is not there now, or is something else, in the order of paths.

    What has come since is not among it, and stays. Files that a compaction replaced and that were
    removed after its days are: nobody reads them, and the next compaction removes them again.

    Args:
        lake: on a bucket with versions.
        at: in UTC.

    Raises:
        SettingsError: for a lake in a folder, which keeps no versions.
    """
    return [found for zone in WRITTEN_ONCE for found in _lost(lake, zone, at)]


def bring_back(lake: Lake, lost: list[Lost]) -> None:
    """Makes each object what it was; may be stopped, and run again with what is lost then."""
    for each in lost:
        lake.bring_back(each.version)


def _lost(lake: Lake, zone: str, at: datetime) -> Iterator[Lost]:
    by_path: dict[str, list[Version]] = {}
    for version in lake.versions(zone):
        by_path.setdefault(version.path, []).append(version)
    for path in sorted(by_path):
        # S3 lists the newest first, and says of one second only which version is there now.
        versions = sorted(
            reversed(by_path[path]), key=lambda version: (version.written_at, version.is_latest)
        )
        now = versions[-1]
        then = [version for version in versions if version.written_at <= at]
        if then and then[-1].etag is not None and now.etag != then[-1].etag:
            yield Lost(then[-1], is_removed=now.etag is None)
