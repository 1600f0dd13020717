"""A second, independent AWS API server, one that runs Lambda functions.

Belongs here: its life, and clients for it. Does not belong here: what is judged. It wants another
botocore than this project, so `make setup-dev` gives it an environment of its own.
"""

import contextlib
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from sentinel.settings import REPOSITORY_ROOT
from tests.support.aws_server import AwsServer

PROGRAM = REPOSITORY_ROOT / ".venv" / "judge" / "bin" / "ministack"
_START_SECONDS = 60


@contextlib.contextmanager
def judge_server(folder: Path) -> Iterator[AwsServer]:
    """A server on a free port of the loopback interface, with its files in a folder."""
    assert PROGRAM.exists(), "the judge is not installed: run `make setup-dev`"
    port = _free_port()
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder),
        "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "AWS_DEFAULT_REGION": "eu-central-1",
        "MINISTACK_REGION": "eu-central-1",
    }  # fmt: skip
    with (folder / "judge.log").open("wb") as log:
        process = subprocess.Popen(
            [str(PROGRAM)], env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_up(process, address, folder / "judge.log")
            yield AwsServer(address)
        finally:
            process.terminate()
            process.wait(30)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_until_up(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    give_up_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up_at:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/", timeout=1):
            return
        time.sleep(0.2)
    raise AssertionError(f"the judge did not start in {_START_SECONDS} s: {log.read_text()}")
