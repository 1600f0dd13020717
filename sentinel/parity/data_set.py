"""The lake that every engine builds, in as many runs as wanted.

Belongs here: making it, and letting engines see it run by run. Does not belong here: engines.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from sentinel.errors import SentinelError
from sentinel.lake import LEDGER


class DataSet:
    """A lake in a folder, with the ledger entries of later runs held back.

    What is not in the ledger does not exist, so the files of all runs are there from the start.
    Entries are dealt out one by one: each run gets late and duplicate records of days that an
    earlier run has built.

    Args:
        lake: folder with the whole lake; it is changed.
        run_count: in how many runs it is revealed.
    """

    def __init__(self, lake: Path, run_count: int) -> None:
        self.lake = lake
        self._held = lake.with_name("held_back")
        shutil.rmtree(self._held, ignore_errors=True)
        entries = sorted((lake / LEDGER).rglob("*.json"))
        if not entries:
            raise SentinelError(f"{lake} holds no batches: there is nothing to build.")
        self.runs: Sequence[Sequence[Path]] = [entries[n::run_count] for n in range(run_count)]
        for entry in entries:
            self._move(entry, lake, self._held)

    def reveal(self, run: int) -> Sequence[Path]:
        """Commits the batches of a run; returns their entries in the ledger."""
        return [self._move(entry, self._held, self.lake) for entry in self._in_hold(run)]

    def _in_hold(self, run: int) -> Sequence[Path]:
        return [self._held / entry.relative_to(self.lake) for entry in self.runs[run]]

    @staticmethod
    def _move(entry: Path, source: Path, target: Path) -> Path:
        place = target / entry.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        return entry.rename(place)


def add_lake(source: Path, lake: Path) -> None:
    """Copies somebody's lake into another one; the source is only read.

    Raises:
        SentinelError: when it is no lake, or the other one has a batch of its names.
    """
    if not (source / LEDGER).is_dir():
        raise SentinelError(f"{source} is no lake: it has no folder {LEDGER}/.")
    entries = (path.relative_to(source) for path in (source / LEDGER).rglob("*.json"))
    if twice := sorted(str(each) for each in entries if (lake / each).exists()):
        raise SentinelError(f"{source} has batches that another of the lakes has: {twice[0]}.")
    shutil.copytree(source, lake, ignore=shutil.ignore_patterns(".*"), dirs_exist_ok=True)
