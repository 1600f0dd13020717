"""A second, independent AWS API server, one that runs Lambda functions.

Belongs here: starting it, and clients for it. Does not belong here: what is judged. It wants
another botocore than this project, so `make setup-dev` gives it an environment of its own.
"""

import contextlib
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from sentinel.settings import REPOSITORY_ROOT
from tests.support.aws_server import AwsServer
from tests.support.server_process import free_port, server_process

PROGRAM = REPOSITORY_ROOT / ".venv" / "judge" / "bin" / "ministack"


@contextlib.contextmanager
def judge_server(folder: Path) -> Iterator[AwsServer]:
    """A server on a free port of the loopback interface, with its files in a folder."""
    assert PROGRAM.exists(), "the judge is not installed: run `make setup-dev`"
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder),
        "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "AWS_DEFAULT_REGION": "eu-central-1",
        "MINISTACK_REGION": "eu-central-1",
    }  # fmt: skip
    with server_process(
        [str(PROGRAM)],
        folder / "judge.log",
        lambda: urllib.request.urlopen(f"{address}/", timeout=1).close(),
        folder,
        environment,
    ):
        yield AwsServer(address)
