"""How long-running commands are stopped: by Ctrl+C, or as services are, by SIGTERM.

Belongs here: signals. Does not belong here: what is finished before the end.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def until_stopped() -> Iterator[Callable[[], bool]]:
    """Turns the first Ctrl+C or SIGTERM into an orderly end; the second ends at once."""
    stopped = False

    def stop(number: int, _: object) -> None:
        nonlocal stopped
        if stopped:
            raise KeyboardInterrupt
        stopped = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_by_interrupt() -> None:
    """Makes both signals a KeyboardInterrupt, also where a shell had this process ignore them."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
