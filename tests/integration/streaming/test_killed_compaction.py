"""Writers and compactions killed at random: every committed row is there once, in whatever file.

`SENTINEL_SOAK_ROUNDS` sets how often they are killed (`make soak`).
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sentinel.cleaning import remove, unused
from sentinel.lake import COMPACTIONS, LEDGER, RAW, Lake
from sentinel.ledger import Ledger, utc_now
from sentinel.live_files import LiveFiles
from sentinel.maintenance import maintain
from tests.support.compactions import AT_ONCE, live_paths, live_rows, rows_by_batch

ROUNDS = int(os.environ.get("SENTINEL_SOAK_ROUNDS", "6"))
_WRITE = """
import sys
from datetime import datetime, timedelta
from itertools import count
from sentinel.lake import Lake
from tests.support.compactions import land
from tests.support.events import transaction
lake, run = Lake(sys.argv[1]), sys.argv[2]
for number in count():
    name = f"{run}-{number:04d}"
    land(lake, name, [transaction(f"{name}-{row}", datetime(2026, 5, 1 + row % 3))
                      for row in range(9)])
"""
_COMPACT = """
import sys
from sentinel.lake import Lake
from sentinel.maintenance import maintain
from tests.support.compactions import AT_ONCE
while True:
    maintain(Lake(sys.argv[1]), ["transactions"], AT_ONCE, 1)
"""


def started(program: str, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)], stdout=subprocess.DEVNULL
    )


def killed(process: subprocess.Popen[bytes]) -> None:
    assert process.poll() is None, "ended by itself"
    process.send_signal(signal.SIGKILL)
    process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, "nothing happens"
        time.sleep(0.05)


def check(lake: Lake) -> int:
    """Each batch has the rows that it delivered, once; says how many there are."""
    by_batch = rows_by_batch(lake)
    for batch, rows in by_batch.items():
        # By day, and within a day as they came.
        expected = [f"{batch}-{row}" for row in sorted(range(9), key=lambda row: row % 3)]
        assert [row["transaction_id"] for row in rows] == expected
        assert {row["_batch_id"] for row in rows} == {batch}
    found = live_rows(lake)
    assert len(found) == len({row["transaction_id"] for row in found}) == 9 * len(by_batch)
    assert len(by_batch) == len(list(Ledger(lake).entries("transactions")))
    return len(found)


def test_killed_at_random_every_committed_row_is_there_once(tmp_path: Path) -> None:
    chance = random.Random(5)
    lake = Lake(str(tmp_path / "lake"))
    count = 0
    for number in range(ROUNDS):
        compacted, written = len(lake.list(COMPACTIONS)), len(lake.list(LEDGER))
        processes = [
            started(_WRITE, lake.location, f"run{number}"),
            started(_COMPACT, lake.location),
            started(_COMPACT, lake.location),
        ]
        wait_for(lambda: len(lake.list(COMPACTIONS)) >= compacted + 2)  # noqa: B023
        wait_for(lambda: len(lake.list(LEDGER)) > written)  # noqa: B023
        time.sleep(chance.random())
        for process in chance.sample(processes, 3):
            killed(process)
            time.sleep(chance.random() / 10)
        assert check(lake) > count
        count = check(lake)
        if number % 2:
            # What a reader of long ago would need; nobody is at work now.
            before = utc_now() + timedelta(days=1)
            remove(lake, unused(lake, "transactions", before), before)
            assert lake.list(RAW) == live_paths(lake)
            assert check(lake) == count
    maintain(lake, ["transactions"], AT_ONCE, 1)
    assert check(lake) == count
    assert len(live_paths(lake)) == 3
    assert max(each.generation for each in LiveFiles(lake, "transactions").compactions()) > ROUNDS
