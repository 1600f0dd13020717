"""Sail: a server that speaks Spark Connect, has Iceberg, and needs no Java.

Belongs here: starting it. Does not belong here: what runs on it. Its client takes the place of
PySpark, so `make test-iceberg` gives both an environment of their own.
"""

import contextlib
import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

from sentinel.settings import REPOSITORY_ROOT
from tests.support.server_process import free_port, server_process

ENVIRONMENT = REPOSITORY_ROOT / ".venv" / "sail" / "bin"


@contextlib.contextmanager
def sail_server(folder: Path) -> Iterator[str]:
    """A server on a free port of the loopback interface; gives the address of a session of it.

    Whoever connects by that address finds the same tables. The catalogue ends with the server.
    """
    program = ENVIRONMENT / "sail"
    assert program.exists(), "Sail is not installed: run `make test-iceberg`"
    port = free_port()
    with server_process(
        [str(program), "spark", "server", "--ip", "127.0.0.1", "--port", str(port)],
        folder / "sail.log",
        lambda: socket.create_connection(("127.0.0.1", port), 1).close(),
        folder,
        {**os.environ, "RUST_LOG": "error"},
    ):
        yield f"sc://127.0.0.1:{port}/;session_id={uuid.uuid4()}"
