"""One process at a time for each piece of work on a lake, on one machine.

Belongs here: the lock. Exactly-once delivery does not rest on it, the ledger's conditional put
does; it keeps two processes from doing the same work for nothing.
"""

import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sentinel.errors import SentinelError
from sentinel.ledger import utc_now
from sentinel.settings import Settings

_WAIT_SECONDS = 0.1


class ProcessBusyError(SentinelError):
    """Another process does this work already."""


@contextlib.contextmanager
def only_process(
    settings: Settings, work: str, advice: str, wait_seconds: float = 0
) -> Iterator[None]:
    """Holds the lock of one kind of work; the operating system frees it however the process ends.

    Args:
        settings: whose lake it is.
        work: what is done, as "landing": names the lock, and stands in the error.
        advice: what to do when another process holds it.
        wait_seconds: how long to wait for it before that is an error.

    Raises:
        ProcessBusyError: when another process holds it.
    """
    path = lock_file(settings, work)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        until = time.monotonic() + wait_seconds
        while not (is_held := _taken(file)) and time.monotonic() < until:
            time.sleep(_WAIT_SECONDS)
        if not is_held:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise ProcessBusyError(f"{holder} is {work} into {settings.lake_location}: {advice}")
        file.truncate(0)
        file.write(f"process {os.getpid()} (since {utc_now():%Y-%m-%d %H:%M:%S} UTC)")
        file.flush()
        yield


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_file(settings: Settings, work: str) -> Path:
    """The lock's file: in the state folder, one for each lake and kind of work."""
    lake = hashlib.sha256(settings.lake_location.encode()).hexdigest()[:16]
    return settings.state_folder / "locks" / f"{work}-{lake}.lock"
