"""One finished demo, shared by every end-to-end test.

Belongs here: the state folder in which `make demo` has run, the environment of whoever works in
it, and Dagster's UI on it. Does not belong here: assertions about what is found there.

A test that uses one of these fixtures carries `@pytest.mark.xdist_group("e2e")`, so that the demo
runs once and not once for each worker.
"""

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sentinel.settings import REPOSITORY_ROOT
from tests.support.server_process import free_port

DEMO_TIMEOUT_SECONDS = 1200
UI_TIMEOUT_SECONDS = 300
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
# What would make a command here behave other than in a person's fresh terminal.
_INHERITED = ("SENTINEL_", "DBT_", "DAGSTER_", "MAKE", "MFLAGS", "PYTEST_")


@dataclass(frozen=True)
class DemoHome:
    """A state folder in which `make demo` has run.

    Attributes:
        path: the folder, which commands know as SENTINEL_HOME.
        environment: what to start a process with so that it works in this folder.
        output: what `make demo` printed.
    """

    path: Path
    environment: dict[str, str]
    output: str

    def run(self, command: str, timeout: float = DEMO_TIMEOUT_SECONDS) -> str:
        """Runs a shell command at the root of the repository and returns what it printed.

        Raises:
            AssertionError: when it fails, with its output.
        """
        return run_at_root(command, self.environment, timeout)

    def in_folder(self, path: Path) -> "DemoHome":
        """The same terminal, working in another state folder."""
        return DemoHome(path, environment_of(path), "")


@dataclass
class RunningUi:
    """Dagster's UI on the demo's state.

    Attributes:
        address: where it answers, without a trailing slash.
    """

    address: str
    process: "subprocess.Popen[bytes]" = field(repr=False)


def environment_of(home: Path) -> dict[str, str]:
    """The environment in which every command keeps its state below one folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_INHERITED)}
    return {
        **kept,
        "SENTINEL_HOME": str(home),
        "DBT_TARGET_PATH": str(home / "dbt" / "target"),
        "DBT_LOG_PATH": str(home / "dbt" / "logs"),
        "DAGSTER_HOME": str(home / "dagster"),
        "COLUMNS": "140",
    }


def run_at_root(command: str, environment: dict[str, str], timeout: float) -> str:
    """Runs a shell command at the root of the repository, without anything to read from."""
    done = subprocess.run(
        ["bash", "-c", command], check=False, cwd=REPOSITORY_ROOT, env=environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
    )  # fmt: skip
    assert done.returncode == 0, f"{command!r} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    """The state folder of one `make demo` on the built-in sample."""
    home = tmp_path_factory.mktemp("demo") / "home"
    environment = environment_of(home)
    output = run_at_root("make demo", environment, DEMO_TIMEOUT_SECONDS)
    return DemoHome(home, environment, output)


@pytest.fixture(scope="session")
def dagster_ui(demo_home: DemoHome) -> Iterator[RunningUi]:
    """`make ui` on the demo's state, on a free port, ended with the session."""
    log = demo_home.path / "logs" / "ui.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "ui"], cwd=REPOSITORY_ROOT, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True,
            env={**demo_home.environment, "PORT": str(free_port()), "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    try:
        yield RunningUi(_answering(process, log), process)
    finally:
        _end(process)


def _answering(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """The address the server announces, once it answers there."""
    end = time.monotonic() + UI_TIMEOUT_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, f"`make ui` ended:\n{log.read_text()}"
        announced = _ADDRESS.search(log.read_text())
        if announced and _answers(f"{announced[0]}/server_info"):
            return announced[0]
        time.sleep(0.5)
    raise AssertionError(f"`make ui` did not answer:\n{log.read_text()}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ctrl-C, as a person would; whatever is left of the process's own session is ended.

    A process whose parent ignored Ctrl-C, as those of a script's background jobs do, ignores it
    too: therefore a second, plainer request before the last one.
    """
    for signal_number, seconds in ((signal.SIGINT, 15), (signal.SIGTERM, 15), (signal.SIGKILL, 10)):
        try:
            os.killpg(process.pid, signal_number)
        except ProcessLookupError:
            return
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
