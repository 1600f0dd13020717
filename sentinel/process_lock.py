"""One process at a time for each piece of work on a lake, on one machine.

Belongs here: the lock. Exactly-once delivery does not rest on it, the ledger's conditional put
does; it keeps two processes from doing the same work for nothing.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from sentinel.errors import SentinelError
from sentinel.ledger import utc_now
from sentinel.settings import Settings


class ProcessBusyError(SentinelError):
    """Another process does this work already."""


@contextlib.contextmanager
def only_process(settings: Settings, work: str, advice: str) -> Iterator[None]:
    """Holds the lock of one kind of work; the operating system frees it however the process ends.

    Args:
        settings: whose lake it is.
        work: what is done, as "landing": names the lock, and stands in the error.
        advice: what to do when another process holds it.

    Raises:
        ProcessBusyError: when another process holds it.
    """
    path = lock_file(settings, work)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise ProcessBusyError(
                f"{holder} is {work} into {settings.lake_location}: {advice}"
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()} (since {utc_now():%Y-%m-%d %H:%M:%S} UTC)")
        file.flush()
        yield


def lock_file(settings: Settings, work: str) -> Path:
    """The lock's file: in the state folder, one for each lake and kind of work."""
    lake = hashlib.sha256(settings.lake_location.encode()).hexdigest()[:16]
    return settings.state_folder / "locks" / f"{work}-{lake}.lock"
