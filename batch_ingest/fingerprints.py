"""Fingerprints of delivered records, to know those that are read again.

Belongs here: what identifies a record word for word, and where a batch's fingerprints lie. Does
not belong here: which batches have to be compared. A source that is read by a cursor is read again
from the cursor's last value on, and a source without one from its beginning: what is there already
must be told from what is new.
"""

import hmac
import io
from collections.abc import Iterable

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from batch_ingest.history import CommittedBatch
from sentinel.delivery import parquet_bytes
from sentinel.lake import Lake

FINGERPRINTS = "fingerprints"
_BYTES = 16


class Fingerprints:
    """Keyed hashes of records; without the key no record can be guessed from one.

    Args:
        ignored: columns that do not make a record another one.
    """

    def __init__(self, lake: Lake, key: bytes, dataset: str, ignored: Iterable[str]) -> None:
        self._lake = lake
        self._key = key
        self._dataset = dataset
        self._ignored = frozenset(ignored)
        self._known: set[bytes] = set()

    def know(self, batches: Iterable[CommittedBatch]) -> None:
        """Takes up the records of committed batches."""
        for batch in batches:
            if batch.extract.end_position:
                content = self._lake.read(self._path(batch.entry.batch_id))
                column = pq.ParquetFile(io.BytesIO(content)).read().column("fingerprint")
                self._known.update(column.to_pylist())

    def of(self, record: dict[str, str | None]) -> bytes:
        """The fingerprint of one record; a null counts as an absent column."""
        said = {
            name: value
            for name, value in record.items()
            if value is not None and name not in self._ignored
        }
        return hmac.digest(self._key, msgspec.json.encode(said, order="sorted"), "sha256")[:_BYTES]

    def is_new(self, fingerprint: bytes) -> bool:
        """Whether no record of this fingerprint is known; from now on one is."""
        if fingerprint in self._known:
            return False
        self._known.add(fingerprint)
        return True

    def write(self, batch_id: str, fingerprints: list[bytes]) -> None:
        """Writes a batch's fingerprints; before its commit, so that no commit is without."""
        table = pa.table({"fingerprint": pa.array(fingerprints, pa.binary(_BYTES))})
        self._lake.put(self._path(batch_id), parquet_bytes(table))

    def _path(self, batch_id: str) -> str:
        return f"{FINGERPRINTS}/{self._dataset}/{batch_id}.parquet"
