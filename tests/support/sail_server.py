"""Sail: a server that speaks Spark Connect, has Iceberg, and needs no Java.

Belongs here: its life. Does not belong here: what runs on it. Its client takes the place of
PySpark, so `make test-iceberg` gives both an environment of their own.
"""

import contextlib
import os
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from sentinel.settings import REPOSITORY_ROOT

ENVIRONMENT = REPOSITORY_ROOT / ".venv" / "sail" / "bin"
_START_SECONDS = 60


@contextlib.contextmanager
def sail_server(folder: Path) -> Iterator[str]:
    """A server on a free port of the loopback interface; gives the address of a session of it.

    Whoever connects by that address finds the same tables. The catalogue ends with the server.
    """
    program = ENVIRONMENT / "sail"
    assert program.exists(), "Sail is not installed: run `make test-iceberg`"
    port = _free_port()
    with (folder / "sail.log").open("wb") as log:
        process = subprocess.Popen(
            [str(program), "spark", "server", "--ip", "127.0.0.1", "--port", str(port)],
            cwd=folder, env={**os.environ, "RUST_LOG": "error"}, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            _wait_until_up(process, port, folder / "sail.log")
            yield f"sc://127.0.0.1:{port}/;session_id={uuid.uuid4()}"
        finally:
            process.terminate()
            process.wait(30)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_until_up(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    give_up_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up_at:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise AssertionError(f"Sail did not start in {_START_SECONDS} s: {log.read_text()}")
