"""The ledger: the commit of every delivered batch.

Belongs here: what a commit records and how it is made exactly once. Does not belong here: writing
the batch's files. A batch that is not in the ledger does not exist, for any engine.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import msgspec

from sentinel.errors import LedgerConflictError
from sentinel.lake import LEDGER, Lake, ledger_path


class DeliveredFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a batch: its path in the lake, partition, size and content hash."""

    path: str
    event_date: date
    row_count: int
    size_bytes: int
    sha256: str


class Extract(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far the source had been read when the batch was committed: where to go on from.

    It is part of the commit, so a connector's progress cannot be ahead of or behind the lake.

    Attributes:
        mapping: name of the source mapping.
        mapping_hash: hash of what the mapping says about the feed; a changed mapping reads anew.
        feed: name of the feed within the mapping.
        origin: file, table or address that was read.
        columns: the source's columns in this batch, for noticing columns that come and go.
        content_hash: hash of the file that was read.
        first_position: position in the file of the batch's first record.
        end_position: position in the file after the batch's last record; for other sources the
            number of records read for the batch.
        is_last: whether the file ends with this batch.
        cursor_max: greatest cursor value in the batch, as JSON.
        resume_cursor: cursor value up to which the source is read completely, as JSON.
        is_read_again: whether the batch has records that every later read finds again, because
            their cursor value is missing, unreadable or in the future.
        consumed: batches of the lake that this batch was derived from.
    """

    mapping: str
    mapping_hash: str
    feed: str
    origin: str
    columns: tuple[str, ...] = ()
    content_hash: str = ""
    first_position: int = 0
    end_position: int = 0
    is_last: bool = False
    cursor_max: str | None = None
    resume_cursor: str | None = None
    is_read_again: bool = False
    consumed: tuple[str, ...] = ()


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The commit of one batch.

    `files`, `rejected_file` and `replayed_file` are the files there are: others of that batch id
    are left over from an attempt that did not get here. `produced_row_count` is what the source
    handed over, `replayed_row_count` what was taken from the quarantine of earlier batches, which
    `replayed_file` names one by one; together they always equal `delivered_row_count` plus
    `quarantined_row_count`. `checksum` covers the hashes of all files, so two deliveries of the
    same batch id can be compared.
    """

    batch_id: str
    dataset: str
    source: str
    schema_version: int
    produced_row_count: int
    delivered_row_count: int
    quarantined_row_count: int
    min_event_at: datetime | None
    max_event_at: datetime | None
    checksum: str
    delivered_at: datetime
    files: tuple[DeliveredFile, ...]
    rejected_file: str | None = None
    replayed_row_count: int = 0
    replayed_file: str | None = None
    appeared_columns: tuple[str, ...] = ()
    vanished_columns: tuple[str, ...] = ()
    extract: Extract | None = None

    def __post_init__(self) -> None:
        accounted = self.delivered_row_count + self.quarantined_row_count
        if self.produced_row_count + self.replayed_row_count != accounted:
            raise ValueError(
                f"batch {self.batch_id}: {self.produced_row_count} rows produced, "
                f"{self.replayed_row_count} replayed, {accounted} accounted for"
            )


class Ledger:
    """The ledger of one lake."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def commit(self, entry: LedgerEntry) -> bool:
        """Commits a batch once.

        Returns:
            True when this call committed it, False when the same batch was committed before.

        Raises:
            LedgerConflictError: when the batch id is taken by a batch with other content.
        """
        path = ledger_path(entry.dataset, entry.batch_id)
        if self._lake.put_if_absent(path, msgspec.json.encode(entry) + b"\n"):
            return True
        committed = self.entry(entry.dataset, entry.batch_id)
        if committed is None or committed.checksum != entry.checksum:
            raise LedgerConflictError(
                f"batch {entry.batch_id} of {entry.dataset} is already in the ledger with other "
                f"content ({path}): deliver changed records under a new batch id."
            )
        return False

    def entry(self, dataset: str, batch_id: str) -> LedgerEntry | None:
        """The commit of a batch, or None when it does not exist."""
        path = ledger_path(dataset, batch_id)
        if not self._lake.exists(path):
            return None
        return msgspec.json.decode(self._lake.read(path), type=LedgerEntry)

    def is_committed(self, dataset: str, batch_id: str) -> bool:
        """Whether the batch exists."""
        return self._lake.exists(ledger_path(dataset, batch_id))

    def entries(self, dataset: str | None = None) -> Iterator[LedgerEntry]:
        """Every commit, of one dataset or of all, by dataset and batch id."""
        prefix = f"{LEDGER}/{dataset}" if dataset else LEDGER
        for content in self._lake.read_each(self._lake.list(prefix, ".json")):
            yield msgspec.json.decode(content, type=LedgerEntry)

    def batch_ids(self, dataset: str) -> list[str]:
        """The ids of a dataset's batches, in order; from their names, so no commit is read."""
        paths = self._lake.list(f"{LEDGER}/{dataset}", ".json")
        return [path.rsplit("/", 1)[-1].removesuffix(".json") for path in paths]


def utc_now() -> datetime:
    """Now, in UTC, without zone: every time in the lake is UTC and says so in its name."""
    return datetime.now(UTC).replace(tzinfo=None)
