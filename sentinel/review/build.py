"""Building what a change touches, beside the state that it is compared with.

Belongs here: dbt's part of a review. Does not belong here: what the results mean; see `impact`.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sentinel.dbt_project import DbtError, Manifest, dbt_command
from sentinel.errors import SentinelError
from sentinel.redshift import schema
from sentinel.review.environments import expire, is_pull_request, renew
from sentinel.review.impact import Impact, Side, impact
from sentinel.settings import REPOSITORY_ROOT, Settings
from sentinel.warehouse import columns

_MODIFIED, _AFFECTED = "state:modified", "state:modified+"
_BAD = ("error", "fail", "runtime error")
_TESTS = ("test.", "unit_test.")
_BUILT = ("model.", "seed.", "snapshot.")


@dataclass(frozen=True)
class Failure:
    """A model or test that did not succeed.

    Attributes:
        name: of the node.
        message: dbt's, in one line.
    """

    name: str
    message: str


@dataclass(frozen=True)
class Review:
    """A change, built and compared.

    Attributes:
        impact: what it does.
        failures: what did not succeed.
        tests: how many data and unit tests ran.
        skipped: what was not built because something before it failed.
    """

    impact: Impact
    failures: tuple[Failure, ...]
    tests: int
    skipped: tuple[str, ...]


def review(settings: Settings, state: Path) -> Review:
    """Builds and tests what differs from a state, and everything after it.

    On Redshift it is built into schemas of its own, which stay for some days where they are a pull
    request's, and parents are read where the state says. On DuckDB it is built in the warehouse
    file.

    Args:
        settings: of the environment in which it is built.
        state: folder with the manifest that is compared with, which is also where parents lie.

    Raises:
        SentinelError: when there is no state, or no warehouse that it describes, or when this would
            be built over it.
        DbtError: when dbt cannot even begin.
    """
    folder = settings.state_folder / "dbt" / "review"
    before, after = _state(state), _parsed(settings, folder)
    _check_place(settings, before, after)
    if is_pull_request(settings):
        expire(settings)
        renew(settings)
    compared = Side(before, columns(settings))
    modified = _modified(settings, folder, state)
    affected = _with_descendants(after, modified)
    failures: tuple[Failure, ...] = ()
    skipped: tuple[str, ...] = ()
    tests = 0
    if affected:
        failures, tests, skipped = _build(settings, folder, state)
    if skipped:
        # A build never compiles what comes after a failure, and that is who reads what changed.
        _dbt(settings, folder, "compile", "--select", _AFFECTED, *_deferred(state))
    found = impact(
        compared, Side(after, columns(settings)), modified, affected,
        folder / "compiled", settings.spec.target,
    )  # fmt: skip
    return Review(found, failures, tests, skipped)


def _build(
    settings: Settings, folder: Path, state: Path
) -> tuple[tuple[Failure, ...], int, tuple[str, ...]]:
    results_file = folder / "run_results.json"
    results_file.unlink(missing_ok=True)
    # A full refresh: rows of the commit before were computed by another query.
    done = _dbt(
        settings, folder, "build", "--full-refresh", "--select", _AFFECTED,
        *_deferred(state),
    )  # fmt: skip
    if not results_file.is_file():
        raise DbtError(f"dbt build failed:\n{done.stdout}{done.stderr}")
    results = _read(results_file)["results"]
    if done.returncode and not any(each["status"] in _BAD for each in results):
        raise DbtError(f"dbt build failed:\n{done.stdout}{done.stderr}")
    failures = tuple(
        Failure(_short(each["unique_id"]), " ".join((each["message"] or "").split()))
        for each in results
        if each["status"] in _BAD
    )
    tests = sum(each["unique_id"].startswith(_TESTS) for each in results)
    skipped = tuple(
        _short(each["unique_id"])
        for each in results
        if each["status"] == "skipped" and each["unique_id"].startswith(_BUILT)
    )
    return failures, tests, skipped


def _short(unique_id: str) -> str:
    """A node's name: `model.sentinel.orders`, `test.sentinel.unique_orders_id.1a2b`."""
    return unique_id.split(".", 2)[2]


def _check_place(settings: Settings, before: Manifest, after: Manifest) -> None:
    if settings.spec.target == "duckdb":
        if not settings.warehouse_file.exists():
            raise SentinelError(
                f"there is no {settings.warehouse_file}: build what the state describes first, by "
                "`dbt build`; what differs is then built in it."
            )
        return
    places = {
        side: {node["schema"] for node in manifest["nodes"].values()}
        for side, manifest in (("before", before), ("after", after))
    }
    if shared := sorted(places["before"] & places["after"]):
        raise SentinelError(
            f"the change would be built over the state that it is compared with ({shared[0]}): set "
            "SENTINEL_SCHEMA to a prefix of its own, as pr_12 is for a pull request; now "
            f"{schema(settings, 'marts')} would be replaced."
        )


def _parsed(settings: Settings, folder: Path) -> Manifest:
    """The project as it is, and as the environment variables are: they say where it is built, so a
    manifest of before is not good enough.
    """
    done = _dbt(settings, folder, "parse")
    if done.returncode:
        raise DbtError(f"dbt cannot parse the project:\n{done.stdout}{done.stderr}")
    return _read(folder / "manifest.json")


def _state(folder: Path) -> Manifest:
    path = folder / "manifest.json"
    if not path.is_file():
        raise SentinelError(
            f"there is no {path}: `sentinel state fetch` brings a deployed environment's, and a "
            "build of the base writes one into its target folder."
        )
    return _read(path)


def _read(path: Path) -> Manifest:
    content: Manifest = json.loads(path.read_text(encoding="utf-8"))
    return content


def _deferred(state: Path) -> tuple[str, ...]:
    return ("--defer", "--state", str(state))


def _modified(settings: Settings, folder: Path, state: Path) -> set[str]:
    """Ids of the nodes that dbt finds changed, tests and exposures included."""
    done = _dbt(
        settings, folder, "list", "--select", _MODIFIED, "--state", str(state),
        "--output", "json", "--output-keys", "unique_id",
    )  # fmt: skip
    if done.returncode:
        raise DbtError(f"dbt list failed:\n{done.stdout}{done.stderr}")
    return {
        json.loads(line)["unique_id"] for line in done.stdout.splitlines() if line.startswith("{")
    }


def _with_descendants(manifest: Manifest, ids: set[str]) -> set[str]:
    found, waiting = set(ids), list(ids)
    while waiting:
        new = set(manifest["child_map"].get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found


def _dbt(settings: Settings, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = dbt_command(
        *arguments, "--target", settings.spec.target, "--target-path", str(folder)
    )
    environment = {
        **os.environ, "SENTINEL_HOME": str(settings.state_folder), "SENTINEL_SAMPLE": "false",
        "SENTINEL_LAKE_URL": settings.lake_location,
    }  # fmt: skip
    return subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=REPOSITORY_ROOT, env=environment
    )
