"""An AWS API server on loopback, and faults between a client and it.

Belongs here: the moto server's life, clients for it, and what makes calls fail. Does not belong
here: what a test stores there.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer

THROTTLE = "ProvisionedThroughputExceededException"
REGION = "eu-central-1"
_RECORD_ERRORS = {"PutRecords": "Records", "PutRecordBatch": "RequestResponses"}
_FAILED_COUNTS = {"PutRecords": "FailedRecordCount", "PutRecordBatch": "FailedPutCount"}


@dataclass(frozen=True)
class AwsServer:
    """A running server; what it stores is the process's, so names must differ among tests."""

    address: str

    @property
    def options(self) -> dict[str, Any]:
        """What a client needs to reach it, with credentials that are nobody's."""
        return {
            "endpoint_url": self.address,
            "region_name": REGION,
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        }

    def client(self, service: str) -> Any:
        """A client whose calls are tried once and that needs no credentials of anybody's."""
        once = Config(retries={"total_max_attempts": 1})
        return boto3.client(service, config=once, **self.options)


@contextlib.contextmanager
def aws_server() -> Iterator[AwsServer]:
    """A server of its own on a free port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield AwsServer(f"http://{host}:{port}")
    finally:
        server.stop()


def refuse_calls(client: Any, operation: str, refused: Callable[[int], str | None]) -> None:
    """Answers calls with an error instead of sending them.

    Args:
        operation: as the API names it, for example "GetRecords".
        refused: from the call's number, from 0, its error code, or None to let it through.
    """
    calls = iter(range(10**9))

    def answer(**_: Any) -> Any:
        code = refused(next(calls))
        if code is None:
            return None
        return SimpleNamespace(status_code=400), {"Error": {"Code": code, "Message": "injected"}}

    service = client.meta.service_model.service_name
    client.meta.events.register(f"before-call.{service}.{operation}", answer)


def refuse_records(client: Any, operation: str, refused: Callable[[int, int], str | None]) -> None:
    """Takes records out of calls and answers for them, as the service does that refuses them.

    Args:
        operation: "PutRecords" or "PutRecordBatch".
        refused: from the numbers of call and record, both from 0, the error code or None. The
            last record of a call is always let through: a call without records is not allowed.
    """
    calls = iter(range(10**9))
    codes: list[str | None] = []

    def take_out(params: dict[str, Any], **_: Any) -> None:
        call, records = next(calls), params["Records"]
        codes[:] = [refused(call, number) for number in range(len(records))]
        codes[-1] = None
        params["Records"] = [one for one, code in zip(records, codes, strict=True) if not code]

    def put_back(parsed: dict[str, Any], **_: Any) -> None:
        said = iter(parsed[_RECORD_ERRORS[operation]])
        parsed[_RECORD_ERRORS[operation]] = [
            {"ErrorCode": code, "ErrorMessage": "injected"} if code else next(said)
            for code in codes
        ]
        parsed[_FAILED_COUNTS[operation]] = sum(code is not None for code in codes)

    service = client.meta.service_model.service_name
    client.meta.events.register(f"before-parameter-build.{service}.{operation}", take_out)
    client.meta.events.register(f"after-call.{service}.{operation}", put_back)
