"""A capture that is killed at a step it is told, as a program of its own.

Belongs here: killing before and after each write to the lake and each call that changes the
database. Run by tests: database, lake's folder, number of the step (-1 for none).
"""

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

from sentinel.lake import Lake
from streaming_ingest.change_data_capture.postgres import PostgresSource
from tests.support.changes import captured

_STEPS = ((Lake, "put"), (Lake, "put_if_absent"), (PostgresSource, "begin"),
          (PostgresSource, "peek"), (PostgresSource, "acknowledge"))  # fmt: skip


def main(dsn: str, folder: str, kill_at: int) -> None:
    """Captures until nothing is left or the step is reached."""
    step = count()

    def killed() -> None:
        if next(step) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    for owner, name in _STEPS:
        setattr(owner, name, _between(getattr(owner, name), killed))
    captured(dsn, Lake(folder))


def _between(method: Callable[..., Any], killed: Callable[[], None]) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **options: Any) -> Any:
        killed()
        result = method(*arguments, **options)
        killed()
        return result

    return wrapped


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
