"""`python -m tests.game_day [FAULT ...]`: plays faults on the local stack and says what held.

Ends with 1 if anything did not.
"""

import logging
import sys
import tempfile
import time
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from tests.game_day.faults import FAULTS
from tests.support.aws_server import aws_server


def main(names: list[str]) -> int:
    """Plays the named faults, all of them if none is named."""
    known = {each.name: each for each in FAULTS}
    if unknown := sorted(set(names) - set(known)):
        print(f"no fault {', '.join(unknown)}: there are {', '.join(known)}", file=sys.stderr)
        return 2
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request
    # Faults are logged as such, which is as it should be and not to be read here.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    table = Table("Fault", "What is done", "What must hold", "Held", "Seconds")
    failures = 0
    with aws_server() as server:
        for name in names or known:
            with tempfile.TemporaryDirectory() as folder:
                began = time.monotonic()
                held = "yes"
                try:
                    known[name].play(Path(folder), server)
                except Exception as error:  # noqa: BLE001 - each fault is told, whatever it ends with
                    held = f"no: {error or type(error).__name__}"
                    failures += 1
                seconds = f"{time.monotonic() - began:.1f}"
            table.add_row(name, known[name].what, known[name].holds, held, seconds)
    Console().print(table)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
