"""S3 as the lake needs it: whole objects, listings, and the conditional put.

Belongs here: the few S3 calls of the lake, through boto3, whose retries and credentials every
other AWS call of the repository uses too. Does not belong here: what an object means, and paths.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import boto3

from sentinel.errors import LakeWriteError

_MISSING = {"404", "NoSuchKey", "NotFound"}
_PRESENT = {"412", "PreconditionFailed"}
_IN_FLIGHT = {"409", "ConditionalRequestConflict"}
_CONFLICT_ATTEMPTS = 8
_DELETED_AT_ONCE = 1000
_WITHOUT_LOCK = "ObjectLockConfigurationNotFoundError"


@dataclass(frozen=True)
class Version:
    """One version of an object.

    Attributes:
        path: the object.
        version_id: by which S3 knows it.
        written_at: UTC.
        etag: None where the object was removed: that is a version too.
        size_bytes: 0 where it was removed.
        is_latest: whether the object is this one now; S3's times are of whole seconds, and do not
            say it of two versions within one.
    """

    path: str
    version_id: str
    written_at: datetime
    etag: str | None
    size_bytes: int
    is_latest: bool


class S3Store:
    """Objects of one bucket.

    Args:
        bucket: name of the bucket.
        client_options: passed to `boto3.client("s3", ...)`, for example `{"endpoint_url": ...}`.
    """

    def __init__(self, bucket: str, client_options: dict[str, Any] | None = None) -> None:
        self.bucket = bucket
        self.client = boto3.client("s3", **(client_options or {}))
        self._error: type[Exception] = self.client.exceptions.ClientError

    def exists(self, key: str) -> bool:
        """Whether the object is there."""
        return self.modified_at(key) is not None

    def modified_at(self, key: str) -> datetime | None:
        """UTC time at which the object was written; None if it is not there."""
        try:
            return _utc(self.client.head_object(Bucket=self.bucket, Key=key)["LastModified"])
        except self._error as error:
            if _code(error) in _MISSING:
                return None
            raise

    def read(self, key: str) -> bytes:
        """The object's bytes; raises FileNotFoundError."""
        return self.read_dated(key)[0]

    def read_dated(self, key: str) -> tuple[bytes, datetime]:
        """The object's bytes, and the UTC time at which it was written.

        Raises:
            FileNotFoundError: when there is none.
        """
        try:
            found = self.client.get_object(Bucket=self.bucket, Key=key)
            written_at = found["LastModified"].astimezone(UTC).replace(tzinfo=None)
            return bytes(found["Body"].read()), written_at
        except self._error as error:
            if _code(error) in _MISSING:
                raise FileNotFoundError(f"s3://{self.bucket}/{key}") from error
            raise

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key with this prefix, in S3's order."""
        return (key for key, _ in self.objects(prefix))

    def objects(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Key and UTC time of writing of each object with this prefix."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix
        )
        for page in pages:
            for found in page.get("Contents", ()):
                yield found["Key"], _utc(found["LastModified"])

    def versions(self, prefix: str) -> Iterator[Version]:
        """Every version of each object with this prefix, in no order."""
        pages = self.client.get_paginator("list_object_versions").paginate(
            Bucket=self.bucket, Prefix=prefix
        )
        for page in pages:
            for kind in ("Versions", "DeleteMarkers"):
                for found in page.get(kind, ()):
                    yield Version(
                        found["Key"], found["VersionId"], _utc(found["LastModified"]),
                        found.get("ETag"), found.get("Size", 0), found["IsLatest"],
                    )  # fmt: skip

    def bring_back(self, key: str, version_id: str) -> None:
        """Makes a version the object again, by a copy: the versions since stay where they are."""
        source = {"Bucket": self.bucket, "Key": key, "VersionId": version_id}
        self.client.copy(source, self.bucket, key)

    def delete(self, keys: Sequence[str]) -> None:
        """Removes objects; one that is not there is no error.

        Raises:
            LakeWriteError: when S3 refuses one of them.
        """
        waiting = iter(keys)
        while some := [{"Key": key} for key in islice(waiting, _DELETED_AT_ONCE)]:
            done = self.client.delete_objects(
                Bucket=self.bucket, Delete={"Objects": some, "Quiet": True}
            )
            for refused in done.get("Errors", ()):
                raise LakeWriteError(
                    f"s3://{self.bucket}/{refused['Key']} cannot be removed "
                    f"({refused['Code']}: {refused.get('Message', '')}): check the rights; what "
                    "was removed before stays so, and the same may be run again."
                )

    def has_object_lock(self) -> bool:
        """Whether the bucket locks objects; yes where that may not be asked."""
        try:
            self.client.get_object_lock_configuration(Bucket=self.bucket)
        except self._error as error:
            return _code(error) != _WITHOUT_LOCK
        return True

    def put(self, key: str, content: bytes) -> None:
        """Writes an object, replacing one of that key."""
        self.client.put_object(Bucket=self.bucket, Key=key, Body=content)

    def put_if_absent(self, key: str, content: bytes) -> bool:
        """Writes an object only if there is none (`If-None-Match: *`).

        S3 answers 409 while another conditional put of the key is under way: whether that one
        wins is known only afterwards, so the put is tried again.

        Returns:
            True when this call created the object, False when it was there already.
        """
        for attempt in range(_CONFLICT_ATTEMPTS):
            try:
                self.client.put_object(Bucket=self.bucket, Key=key, Body=content, IfNoneMatch="*")
                return True
            except self._error as error:
                if _code(error) in _PRESENT:
                    return False
                if _code(error) not in _IN_FLIGHT or attempt == _CONFLICT_ATTEMPTS - 1:
                    raise
            time.sleep(0.05 * 2**attempt)
        raise AssertionError("the last attempt returns or raises")


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _code(error: Exception) -> str:
    response: dict[str, dict[str, Any]] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code"))
