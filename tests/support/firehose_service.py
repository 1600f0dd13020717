"""Firehose between records and objects, as its documentation describes it.

Belongs here: calling the function, partitioning by its answers, buffering, the error prefix. Does
not belong here: what is done with the objects. The servers the tests have do not partition.
"""

import base64
import gzip
import json
import random
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sentinel.contracts import Contract
from sentinel.transform import Tokeniser
from streaming_ingest.firehose_commit.bucket import FirehoseError
from streaming_ingest.firehose_transform import transformed
from streaming_ingest.streams import StreamRecord
from tests.support.firehose_event import event_of

TOKEN_KEY = "a key for tests"
TOKENISER = Tokeniser(TOKEN_KEY.encode())


class FirehoseService:
    """One delivery stream.

    Args:
        put: writes an object, by its key below the place where Firehose writes.
        chance: cuts calls and objects, and names these.
        is_failing: whether the function cannot process a record.
    """

    def __init__(
        self,
        dataset: Contract,
        put: Callable[[str, bytes], Any],
        chance: random.Random,
        is_failing: Callable[[bytes], bool] = lambda _: False,
    ) -> None:
        self._dataset, self._put, self._chance = dataset, put, chance
        self._is_failing = is_failing
        self._buffers: dict[str, list[bytes]] = {}
        self.keys: list[str] = []

    def deliver(self, records: Sequence[StreamRecord], most_lines: int = 40) -> list[str]:
        """Sends records through, until every buffer is written; returns the keys of the objects."""
        before, rest, call = len(self.keys), list(records), 0
        while rest:
            size = self._chance.randint(1, 50)
            self._call(rest[:size], f"invocation-{call}")
            rest, call = rest[size:], call + 1
            for prefix, lines in list(self._buffers.items()):
                if len(lines) >= self._chance.randint(1, most_lines):
                    self._write(prefix)
        for prefix in list(self._buffers):
            self._write(prefix)
        return self.keys[before:]

    def _call(self, records: Sequence[StreamRecord], invocation: str) -> None:
        answers = transformed(event_of(records, invocation), self._dataset, TOKENISER)
        for record, answer in zip(records, answers, strict=True):
            if answer["result"] == "ProcessingFailed" or self._is_failing(record.data):
                prefix = f"firehose-errors/{self._dataset.dataset}/processing-failed"
                self._buffers.setdefault(prefix, []).append(error_line(record))
            elif answer["result"] == "Ok":
                keys = answer["metadata"]["partitionKeys"]
                prefix = (
                    f"firehose/{keys['zone']}/{keys['dataset']}/event_date={keys['event_date']}"
                )
                self._buffers.setdefault(prefix, []).append(base64.b64decode(answer["data"]))

    def _write(self, prefix: str) -> None:
        name = f"{uuid.UUID(int=self._chance.getrandbits(128))}-{len(self.keys)}"
        key = f"{prefix}/sentinel-transactions-1-2026-06-01-12-00-00-{name}.gz"
        self._put(key, gzip.compress(b"".join(self._buffers.pop(prefix))))
        self.keys.append(key)


def error_line(record: StreamRecord, **more: Any) -> bytes:
    """A line of the error prefix: what Firehose could not have processed."""
    document = {
        "attemptsMade": 1,
        "arrivalTimestamp": event_of([record])["records"][0]["approximateArrivalTimestamp"],
        "errorCode": "Lambda.ProcessingFailedStatus",
        "errorMessage": "ProcessingFailed status set for record",
        "attemptEndingTimestamp": 1780315260000,
        "rawData": base64.b64encode(record.data).decode(),
        "lambdaArn": "arn:aws:lambda:eu-central-1:123456789012:function:transform",
    }
    return json.dumps(document | more).encode() + b"\n"


class FolderBucket:
    """Stands in for the bucket where no server is wanted."""

    def __init__(self, folder: Path, written_at: Any) -> None:
        self.location, self._folder, self._written_at = str(folder), folder, written_at

    def put(self, key: str, content: bytes) -> None:
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def read(self, key: str) -> tuple[bytes, Any]:
        return (self._folder / key).read_bytes(), self._written_at

    def listed(self) -> list[str]:
        found = (path for path in self._folder.rglob("*") if path.is_file())
        return sorted(str(path.relative_to(self._folder)) for path in found)

    def relative(self, bucket: str, key: str) -> str:
        if bucket != "bucket":
            raise FirehoseError(f"{bucket} is another bucket")
        return key
