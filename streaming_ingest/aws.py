"""What calls to streaming services have in common.

Belongs here: clients, and what their errors mean. Does not belong here: one service's calls.
"""

from typing import Any

import boto3
from botocore.config import Config

from sentinel.settings import Settings
from streaming_ingest.streams import THROTTLED, Sent, StreamError

# Producer and reader wait and call again themselves, where time can be told to pass.
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=5, read_timeout=30
)


def client(service: str, settings: Settings) -> Any:
    """boto3's client of a service, at the settings' address where they give one."""
    return boto3.client(service, endpoint_url=settings.aws_endpoint_url, config=_CONFIG)


def error_code(error: BaseException) -> str:
    """The service's code for an error, "" when it is not the service's."""
    response: dict[str, dict[str, Any]] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def is_throttling(error: BaseException) -> bool:
    """Whether a service asks for fewer calls."""
    return error_code(error) in THROTTLED


def failed_call(stream: str, error: Exception, count: int) -> Sent:
    """What a failed call says about its records.

    Returns:
        The code of each record, where the service asked for less.

    Raises:
        StreamError: otherwise.
    """
    if is_throttling(error):
        return Sent((error_code(error),) * count)
    raise StreamError(
        f"stream {stream} does not take records ({error}): check that it exists, that this process "
        "may write to it, and that the service is up."
    ) from error
