"""Running something in a process of its own and measuring that process from outside.

Belongs here: time and memory of processes, and what machine this is. Does not belong here: what
is run.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_POLL_SECONDS = 0.1
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """One run: wall seconds, peak memory of its process tree in bytes, what it printed, and the
    seconds of processor of it and all its children."""

    seconds: float
    peak_bytes: int
    output: str
    cpu_seconds: float

    @property
    def result(self) -> dict[str, Any]:
        """What the process said in its last line, as JSON."""
        parsed: dict[str, Any] = json.loads(self.output.strip().splitlines()[-1])
        return parsed


def run(
    command: list[str], environment: dict[str, str] | None = None, cwd: Path | None = None
) -> Measured:
    """Runs a command to its end.

    Raises:
        RuntimeError: when it fails, with the end of what it printed.
    """
    started, before = time.perf_counter(), _cpu_seconds_of_ended_children()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd,
        env={**os.environ, **(environment or {})},
    )  # fmt: skip
    tree = _Tree(process.pid)
    output, _ = process.communicate()
    seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{output[-3000:]}")
    tree.stop()
    waited_for = _cpu_seconds_of_ended_children() - before
    return Measured(seconds, tree.peak_bytes, output, max(waited_for, tree.cpu_seconds))


def run_module(module: str, *arguments: str, environment: dict[str, str] | None = None) -> Measured:
    """Runs one of the benchmark programs in a Python process of its own."""
    return run([sys.executable, "-m", module, *arguments], environment)


def _cpu_seconds_of_ended_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Tree:
    """Samples a process and its descendants.

    What the system says of children that have ended leaves out those that nobody has waited for, as
    Spark's virtual machine; what was seen of each process leaves out its last moments. The greater
    of the two is nearer to what was used.
    """

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self._pid, self._done = pid, threading.Event()
        self._cpu_seconds: dict[int, float] = {}
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    @property
    def cpu_seconds(self) -> float:
        """Of all processes that were seen."""
        return sum(self._cpu_seconds.values())

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._done.wait(_POLL_SECONDS):
            self.peak_bytes = max(self.peak_bytes, self._look_at(self._pid))

    def _look_at(self, pid: int) -> int:
        """Resident bytes of a process and its descendants; one that has just ended counts 0."""
        total = 0
        try:
            total = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
            # Behind the name, which may hold anything: state, ..., user and system time at 11, 12.
            used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            self._cpu_seconds[pid] = (int(used[11]) + int(used[12])) / _TICKS
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            return total
        return total + sum(self._look_at(int(child)) for child in children)


def machine() -> str:
    """Processor, cores, memory and system, in one line."""
    cpu = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")),
        platform.processor(),
    )  # fmt: skip
    memory = os.sysconf("SC_PHYS_PAGES") * _PAGE_BYTES / 2**30
    return (
        f"{os.cpu_count()} cores of {cpu or platform.machine()}, {memory:.0f} GiB, "
        f"Python {platform.python_version()}"
    )
