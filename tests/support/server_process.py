"""A server as a process of its own, for as long as a test needs it.

Belongs here: its life. Does not belong here: which server, and how one sees that it is up.
"""

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

_START_SECONDS = 60
_END_SECONDS = 30


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server_process(
    command: Sequence[str],
    log: Path,
    look: Callable[[], object],
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Starts a server, waits until it answers, and ends it afterwards.

    Args:
        command: program and arguments.
        log: the file of what it prints; shown when it does not start.
        look: raises OSError as long as the server does not answer.
        folder: in which it runs.
        environment: its variables; those of this process if not given.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait(process, look, log)
            yield
        finally:
            process.terminate()
            process.wait(_END_SECONDS)


def _wait(process: "subprocess.Popen[bytes]", look: Callable[[], object], log: Path) -> None:
    give_up_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up_at:
        assert process.poll() is None, f"{log.stem} ended:\n{log.read_text()}"
        with contextlib.suppress(OSError):
            look()
            return
        time.sleep(0.2)
    raise AssertionError(f"{log.stem} did not start in {_START_SECONDS} s:\n{log.read_text()}")
