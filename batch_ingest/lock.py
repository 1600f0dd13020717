"""One loader at a time for each lake, on one machine.

Belongs here: the lock. Exactly-once delivery of files does not rest on it, the ledger's
conditional put does; it keeps two loaders from reading the same rows of a database for nothing.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from batch_ingest.errors import LoaderBusyError
from sentinel.ledger import utc_now
from sentinel.settings import Settings


@contextlib.contextmanager
def only_loader(settings: Settings) -> Iterator[None]:
    """Holds the lake's lock; the operating system frees it however the process ends.

    Raises:
        LoaderBusyError: when another process holds it.
    """
    path = lock_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise LoaderBusyError(
                f"{holder} is landing into {settings.lake_location}: wait until it ends, or stop "
                "it; a load that was stopped is simply run again."
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()} (since {utc_now():%Y-%m-%d %H:%M:%S} UTC)")
        file.flush()
        yield


def lock_file(settings: Settings) -> Path:
    """The lock's file: in the state folder, one for each lake."""
    lake = hashlib.sha256(settings.lake_location.encode()).hexdigest()[:16]
    return settings.state_folder / "locks" / f"landing-{lake}.lock"
