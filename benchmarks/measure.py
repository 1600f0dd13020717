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
    peak = _PeakMemory(process.pid)
    output, _ = process.communicate()
    seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{output[-3000:]}")
    cpu_seconds = _cpu_seconds_of_ended_children() - before
    return Measured(seconds, peak.stop(), output, cpu_seconds)


def run_module(module: str, *arguments: str, environment: dict[str, str] | None = None) -> Measured:
    """Runs one of the benchmark programs in a Python process of its own."""
    return run([sys.executable, "-m", module, *arguments], environment)


def _cpu_seconds_of_ended_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _PeakMemory:
    """Samples the resident memory of a process and its children, added up."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peak, self._done = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        while not self._done.wait(_POLL_SECONDS):
            self._peak = max(self._peak, _tree_bytes(self._pid))

    def stop(self) -> int:
        self._done.set()
        self._thread.join()
        return self._peak


def _tree_bytes(pid: int) -> int:
    """Resident bytes of a process and its descendants; a process that has just ended counts 0."""
    total = 0
    try:
        total = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return total
    return total + sum(_tree_bytes(int(child)) for child in children)


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
