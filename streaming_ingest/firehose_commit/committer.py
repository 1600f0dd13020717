"""One object of Firehose into the lake, exactly once.

Belongs here: the order of looking, reading, delivering, and what has not been committed. Does not
belong here: who says that there is an object (`events`, `queue`), and writing the batch's files
(`sentinel.delivery`).
"""

import hashlib
from collections.abc import Iterator, Sequence

from sentinel.contracts import Contract, contract, contracts
from sentinel.delivery import Delivered, commit_transformed, delivered_before
from sentinel.errors import LedgerConflictError
from sentinel.lake import Lake
from sentinel.lake_access import open_lake
from sentinel.ledger import Extract, Ledger, LedgerEntry
from sentinel.settings import Settings
from sentinel.transform import Tokeniser, Transformed
from streaming_ingest.firehose_commit import content as held
from streaming_ingest.firehose_commit.bucket import (
    FirehoseBucket,
    FirehoseError,
    FirehoseObject,
    firehose_object,
)
from streaming_ingest.firehose_commit.error_records import error_records

MAPPING = "firehose"


class Committer:
    """Delivers objects of Firehose, each as one batch. Any number may be at work at once.

    Args:
        lake: where to.
        bucket: where Firehose writes.
        tokeniser: for what is personal in records that have not been transformed.
    """

    def __init__(self, lake: Lake, bucket: FirehoseBucket, tokeniser: Tokeniser) -> None:
        self._lake, self.bucket, self._tokeniser = lake, bucket, tokeniser

    @classmethod
    def of(cls, settings: Settings) -> "Committer":
        """That of the settings; raises SettingsError when they do not suffice."""
        tokeniser = Tokeniser(settings.personal_data_key)
        return cls(open_lake(settings), FirehoseBucket.of(settings), tokeniser)

    def commit(self, key: str) -> Delivered:
        """Delivers an object; one that is in the ledger is left alone.

        Raises:
            FirehoseError: when it is none of Firehose's, damaged, or gone and never committed.
            ContractError: when its dataset has no contract.
            LedgerConflictError: when another object was committed under this key.
        """
        named = firehose_object(key)
        dataset = contract(named.dataset)
        before = Ledger(self._lake).entry(named.dataset, named.batch_id)
        try:
            content, written_at = self.bucket.read(key)
        except FileNotFoundError as error:
            if before:
                return delivered_before(before)
            raise FirehoseError(
                f"{self.bucket.location}/{key} is not there and was never committed: look for who "
                "removes objects of Firehose, and have its records sent again."
            ) from error
        content_hash = hashlib.sha256(content).hexdigest()
        if before:
            _must_be_same(before, content_hash, key)
            return delivered_before(before)
        source = f"{MAPPING}:{key}"
        batch = held.Batch(named.batch_id, source, written_at)
        try:
            lines = held.lines(content)
        except FirehoseError as error:
            raise FirehoseError(f"{self.bucket.location}/{key}: {error}") from error
        done = self._transformed(named, dataset, batch, lines)
        return commit_transformed(
            self._lake,
            dataset,
            batch.batch_id,
            source,
            done,
            produced_row_count=len(lines),
            extract=Extract(
                mapping=MAPPING,
                mapping_hash="",
                feed=named.dataset,
                origin=key,
                content_hash=content_hash,
                end_position=len(lines),
                is_last=True,
            ),
        )

    def uncommitted(self) -> Iterator[str]:
        """Keys that have no ledger entry, whatever became of the events about them.

        A key that is none of Firehose's is among them: `commit` says what is wrong with it.
        """
        committed: dict[str, set[str]] = {}
        for key in self.bucket.listed():
            try:
                named = firehose_object(key)
            except FirehoseError:
                yield key
                continue
            if named.dataset not in committed:
                committed[named.dataset] = self._committed(named.dataset)
            if named.batch_id not in committed[named.dataset]:
                yield key

    def _committed(self, dataset: str) -> set[str]:
        return set(Ledger(self._lake).batch_ids(dataset)) if dataset in contracts() else set()

    def _transformed(
        self,
        named: FirehoseObject,
        dataset: Contract,
        batch: held.Batch,
        lines: Sequence[held.Found],
    ) -> Transformed:
        if named.kind == "raw":
            return held.raw(dataset, batch, lines, self._tokeniser)
        if named.kind == "quarantine":
            return held.quarantine(dataset, batch, lines, self._tokeniser)
        return error_records(dataset, batch, lines, self._tokeniser)


def _must_be_same(committed: LedgerEntry, content_hash: str, key: str) -> None:
    if committed.extract is None or committed.extract.content_hash != content_hash:
        raise LedgerConflictError(
            f"{key} holds other bytes than those that were committed as batch "
            f"{committed.batch_id}: Firehose does not write a key twice; find out who did, and "
            "copy the object to a key of its own to have it committed."
        )
