"""The lake: one tree of write-once objects, the same on a folder and on S3.

Belongs here: where each object lies, and writing one exactly once. Does not belong here: what the
objects mean (see `ledger`, `delivery`).
"""

import contextlib
import os
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentinel.durable_files import make_folder, sync_folder
from sentinel.errors import LakeWriteError, SettingsError

if TYPE_CHECKING:
    from sentinel.object_store import S3Store, Version

RAW, LEDGER, QUARANTINE, REPLAYED = "raw", "ledger", "quarantine", "replayed"
COMPACTIONS = "compactions"
# As many as boto3 keeps connections.
_READ_AT_ONCE, _READ_AHEAD = 10, 1000


class Lake:
    """A lake in a folder or on S3, both with conditional writes.

    Args:
        location: absolute folder, or `s3://bucket/prefix`.
        client_options: passed to the S3 client, for example `{"endpoint_url": ...}`.

    Raises:
        SettingsError: when the location is a URL of another kind.
    """

    def __init__(self, location: str, client_options: dict[str, Any] | None = None) -> None:
        self.location = location.rstrip("/")
        scheme, separator, rest = self.location.partition("://")
        if separator and scheme != "s3":
            raise SettingsError(
                f"the lake {location!r} is neither a folder nor on S3: only those two can write "
                "an object exactly once; set SENTINEL_LAKE_URL to a folder or s3://bucket/prefix."
            )
        bucket, _, prefix = rest.partition("/")
        self.is_local = not separator
        self._root = self.location if self.is_local else prefix
        self._store = None if self.is_local else _s3_store(bucket, client_options)

    def url(self, path: str) -> str:
        """The address of an object as engines read it."""
        return f"{self.location}/{path}"

    def exists(self, path: str) -> bool:
        """Whether an object is there; never answered from a cache."""
        if self._store is not None:
            return self._store.exists(self._key(path))
        return os.path.isfile(self._key(path))

    def read(self, path: str) -> bytes:
        """The object's bytes; raises FileNotFoundError."""
        if self._store is not None:
            return self._store.read(self._key(path))
        return Path(self._key(path)).read_bytes()

    def read_each(self, paths: Sequence[str]) -> Iterator[bytes]:
        """The bytes of each object in order; on S3 several are under way at once."""
        if self._store is None:
            yield from map(self.read, paths)
            return
        with ThreadPoolExecutor(_READ_AT_ONCE) as pool:
            for start in range(0, len(paths), _READ_AHEAD):
                yield from pool.map(self.read, paths[start : start + _READ_AHEAD])

    def list(self, prefix: str, suffix: str = "") -> list[str]:
        """Paths below a prefix relative to the lake, sorted; hidden temporary files left out."""
        root = self._key("")
        return sorted(
            found[len(root) :]
            for found in self._found(self._key(prefix))
            if found.endswith(suffix) and not found.rsplit("/", 1)[-1].startswith(".")
        )

    def modified(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Path and UTC time of writing of each object below a prefix, temporary files included."""
        root = self._key("")
        if self._store is not None:
            for key, modified_at in self._store.objects(f"{self._key(prefix)}/"):
                yield key[len(root) :], modified_at
            return
        for found in self._found(self._key(prefix)):
            path = found[len(root) :]
            written_at = self.modified_at(path)
            if written_at is not None:  # a temporary file may be gone since
                yield path, written_at

    def modified_at(self, path: str) -> datetime | None:
        """UTC time at which an object was written; None if it is not there."""
        if self._store is not None:
            return self._store.modified_at(self._key(path))
        try:
            seconds = os.stat(self._key(path)).st_mtime
        except FileNotFoundError:
            return None
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)

    def versions(self, prefix: str) -> Iterator["Version"]:
        """Every version of each object below a prefix, removals included, by paths of the lake.

        Raises:
            SettingsError: for a folder, which keeps none.
        """
        root = self._key("")
        for found in self._versioned().versions(f"{self._key(prefix)}/"):
            yield replace(found, path=found.path[len(root) :])

    def bring_back(self, version: "Version") -> None:
        """Makes a version the object again; raises SettingsError for a folder."""
        self._versioned().bring_back(self._key(version.path), version.version_id)

    def _versioned(self) -> "S3Store":
        if self._store is None:
            raise SettingsError(
                f"the lake {self.location} is a folder, which keeps no versions: copy back what is "
                "missing from your backup (docs/runbooks/restore.md)."
            )
        return self._store

    @property
    def is_locked(self) -> bool:
        """Whether objects may be under a lock, so that deleting them frees nothing."""
        return self._store is not None and self._store.has_object_lock()

    def delete(self, paths: Sequence[str]) -> None:
        """Removes objects; those that are not there are none of its business.

        Raises:
            LakeWriteError: when one cannot be removed.
        """
        if self._store is not None:
            self._store.delete([self._key(path) for path in paths])
            return
        for path in paths:
            with self._written(path):
                Path(self._key(path)).unlink(missing_ok=True)

    def put(self, path: str, content: bytes, is_synced: bool = True) -> None:
        """Writes an object whole or not at all, replacing an unfinished attempt's object.

        Args:
            is_synced: whether it must survive a power cut from now on; otherwise from `sync` on.

        Raises:
            LakeWriteError: when a folder cannot be written; the object is not there then.
        """
        if self._store is not None:
            self._store.put(self._key(path), content)
            return
        with self._written(path), self._temporary(path, content, is_synced) as temporary:
            os.replace(temporary, self._key(path))
            if is_synced:
                sync_folder(Path(self._key(path)).parent)

    def sync(self) -> None:
        """Makes everything written so far survive a power cut."""
        if self.is_local:
            os.sync()

    def put_if_absent(self, path: str, content: bytes) -> bool:
        """Writes an object only if there is none: the one atomic step everything rests on.

        Returns:
            True when this call created the object, False when it was there already.

        Raises:
            LakeWriteError: when a folder cannot be written.
        """
        if self._store is not None:
            return self._store.put_if_absent(self._key(path), content)
        with self._written(path), self._temporary(path, content) as temporary:
            try:
                os.link(temporary, self._key(path))
            except FileExistsError:
                return False
            sync_folder(Path(self._key(path)).parent)
            return True

    def _key(self, path: str) -> str:
        return f"{self._root}/{path}" if self._root else path

    def _found(self, prefix: str) -> Iterator[str]:
        if self._store is not None:
            yield from self._store.keys(f"{prefix.rstrip('/')}/")
            return
        for folder, _, names in os.walk(prefix):
            yield from (f"{folder}/{name}" for name in names)

    @contextlib.contextmanager
    def _written(self, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LakeWriteError(
                f"{self.url(path)} cannot be written ({error}): what is not in the ledger does not "
                "exist, so nothing is half there. Make room or rights, and run the same again."
            ) from error

    @contextlib.contextmanager
    def _temporary(self, path: str, content: bytes, is_synced: bool = True) -> Iterator[Path]:
        target = Path(self._key(path))
        if is_synced:
            make_folder(target.parent)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
        try:
            with temporary.open("xb") as file:
                file.write(content)
                if is_synced:
                    file.flush()
                    os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)


def raw_path(dataset: str, event_date: str, batch_id: str, content_hash: str) -> str:
    """Where the records of one batch and one event date lie."""
    return f"{RAW}/{dataset}/event_date={event_date}/{_file_name(batch_id, content_hash)}"


def ledger_path(dataset: str, batch_id: str) -> str:
    """Where the commit of one batch lies."""
    return f"{LEDGER}/{dataset}/{batch_id}.json"


def compaction_path(dataset: str, event_date: str, generation: int) -> str:
    """Where the commit of one compaction lies: they are numbered from 1 for each event date."""
    return f"{COMPACTIONS}/{dataset}/{event_date}.{generation:06d}.json"


def compacted_path(dataset: str, event_date: str, generation: int, content_hash: str) -> str:
    """Where the records of several batches and one event date lie."""
    return raw_path(dataset, event_date, f"compacted-{generation:06d}", content_hash)


def quarantine_path(dataset: str, batch_id: str, content_hash: str) -> str:
    """Where the rejected records of one batch lie."""
    return f"{QUARANTINE}/{dataset}/{_file_name(batch_id, content_hash)}"


def replayed_path(dataset: str, batch_id: str, content_hash: str) -> str:
    """Where it is written which quarantined records a batch took."""
    return f"{REPLAYED}/{dataset}/{_file_name(batch_id, content_hash)}"


def _file_name(batch_id: str, content_hash: str) -> str:
    """Named by content too: an attempt that was cut elsewhere cannot overwrite a committed file."""
    return f"{batch_id}-{content_hash[:12]}.parquet"


def _s3_store(bucket: str, client_options: dict[str, Any] | None) -> "S3Store":
    try:
        from sentinel.object_store import S3Store
    except ImportError as error:
        raise SettingsError("a lake on S3 needs boto3: install sentinel[aws].") from error
    return S3Store(bucket, client_options)
