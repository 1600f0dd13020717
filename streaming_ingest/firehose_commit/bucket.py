"""Where Firehose writes, and what the name of an object says.

Belongs here: keys and prefixes, reading and listing. Does not belong here: what an object holds.

    firehose/<zone>/<dataset>/event_date=YYYY-MM-DD/…    what the transform answered
    firehose-errors/<dataset>/<error type>/…             what did not get that far
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sentinel.errors import SentinelError, SettingsError
from sentinel.settings import Settings

LANDING, ERRORS = "firehose", "firehose-errors"
_LONGEST_NAME = 120
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_SUFFIXES = re.compile(r"(\.(gz|json|parquet))+$")


class FirehoseError(SentinelError):
    """An object of Firehose, or an event about one, cannot be committed as it is."""


@dataclass(frozen=True)
class FirehoseObject:
    """One object, told by its key.

    Attributes:
        key: below the place where Firehose writes.
        kind: what it holds: lines of the raw zone, of the quarantine, or records with errors.
        dataset: that its records belong to.
    """

    key: str
    kind: Literal["raw", "quarantine", "errors"]
    dataset: str

    @property
    def batch_id(self) -> str:
        """The batch it is: the same object is the same batch, whoever is told of it how often."""
        name = _SUFFIXES.sub("", self.key.rpartition("/")[2])
        name = _NOT_IN_A_NAME.sub("-", name)[:_LONGEST_NAME]
        return (
            f"{self.dataset}-firehose-{name}-{hashlib.sha256(self.key.encode()).hexdigest()[:16]}"
        )


def firehose_object(key: str) -> FirehoseObject:
    """The object of a key.

    Raises:
        FirehoseError: when Firehose, configured as documented, writes no such key.
    """
    match key.split("/"):
        case [prefix, ("raw" | "quarantine") as zone, dataset, *_, name] if (
            prefix == LANDING and dataset and name
        ):
            return FirehoseObject(key, "raw" if zone == "raw" else "quarantine", dataset)
        case [prefix, dataset, _, *_, name] if prefix == ERRORS and dataset and name:
            return FirehoseObject(key, "errors", dataset)
    raise FirehoseError(
        f"{key!r} is not a key of Firehose: it writes {LANDING}/<zone>/<dataset>/event_date=…/… "
        f"and {ERRORS}/<dataset>/<error type>/…; correct the prefixes of the delivery stream, or "
        "those of the bucket's notifications."
    )


class FirehoseBucket:
    """The objects that Firehose has written.

    Args:
        location: `s3://bucket/prefix`; below it lie both prefixes.
        endpoint_url: address that answers for AWS, None for AWS itself.

    Raises:
        SettingsError: without boto3.
    """

    def __init__(self, location: str, endpoint_url: str | None = None) -> None:
        try:
            from sentinel.object_store import S3Store
        except ImportError as error:
            raise SettingsError("objects on S3 need boto3: install sentinel[aws].") from error
        self.location = location.rstrip("/")
        self._bucket, _, prefix = self.location.removeprefix("s3://").partition("/")
        self._root = f"{prefix}/" if prefix else ""
        self._store = S3Store(
            self._bucket, {"endpoint_url": endpoint_url} if endpoint_url else None
        )

    @classmethod
    def of(cls, settings: Settings) -> "FirehoseBucket":
        """That of the settings; raises SettingsError when they name none."""
        return cls(settings.firehose_location, settings.aws_endpoint_url)

    def read(self, key: str) -> tuple[bytes, datetime]:
        """An object's bytes, and the UTC time at which it was written; raises FileNotFoundError."""
        return self._store.read_dated(self._root + key)

    def listed(self) -> Iterator[str]:
        """Every key below both prefixes."""
        for prefix in (LANDING, ERRORS):
            for key in self._store.keys(f"{self._root}{prefix}/"):
                if not key.endswith("/"):  # consoles make such objects to show a folder
                    yield key.removeprefix(self._root)

    def relative(self, bucket: str, key: str) -> str:
        """A bucket's key as this place names it.

        Raises:
            FirehoseError: when it lies elsewhere: an event must not have anything else delivered.
        """
        if bucket != self._bucket or not key.startswith(self._root):
            raise FirehoseError(
                f"s3://{bucket}/{key} is not below {self.location}: correct SENTINEL_FIREHOSE_URL, "
                "or the bucket whose events come into this queue."
            )
        return key.removeprefix(self._root)
