"""Each stand-in passes on good data and fails on data that violates it, on DuckDB."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from . import cases_dbt_expectations, cases_dbt_utils, cases_elementary
from .case import Case
from .project import PACKAGES, REPOSITORY, STANDINS, case_names, dbt, statuses, write_project
from .tables import ANCHOR, PAYMENTS

ANCHORED = case_names(
    cases_dbt_utils.CASES + cases_dbt_expectations.CASES + cases_elementary.ANCHORED
)
UNANCHORED = case_names(cases_elementary.UNANCHORED)
ANCHORED_NOW = f"{{custom_run_started_at: '{ANCHOR.isoformat()}'}}"
DEFINITION = re.compile(r"\{%-?\s*(?:test|macro)\s+([A-Za-z]\w*)\(")


def project_of(root: Path, cases: dict[str, Case]) -> Path:
    """A project in `root` with the stand-ins copied into its dbt_packages."""
    write_project(root, {name: STANDINS / name for name in PACKAGES}, cases)
    return root


def verdicts_in(project: Path, *arguments: str) -> dict[str, str]:
    """Every case's verdict after the project's models were built."""
    built = statuses(dbt(project, "run", *arguments))
    assert set(built.values()) == {"success"}, built
    return statuses(dbt(project, "test", *arguments))


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with all cases that take `ANCHOR` for now."""
    return project_of(tmp_path_factory.mktemp("standins") / "anchored", ANCHORED)


@pytest.fixture(scope="session")
def anchored_verdicts(project: Path) -> dict[str, str]:
    """The verdicts where the run's time is given."""
    return verdicts_in(project, "--vars", ANCHORED_NOW)


@pytest.fixture(scope="session")
def unanchored_verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The verdicts where the run's time is the real one."""
    return verdicts_in(project_of(tmp_path_factory.mktemp("standins") / "unanchored", UNANCHORED))


@pytest.mark.parametrize("name", ANCHORED, ids=lambda name: ANCHORED[name].label)
def test_verdict_at_a_given_time(name: str, anchored_verdicts: dict[str, str]) -> None:
    assert anchored_verdicts[name] == ANCHORED[name].verdict


@pytest.mark.parametrize("name", UNANCHORED, ids=lambda name: UNANCHORED[name].label)
def test_verdict_now(name: str, unanchored_verdicts: dict[str, str]) -> None:
    assert unanchored_verdicts[name] == UNANCHORED[name].verdict


def test_there_is_one_for_each_package_of_the_project() -> None:
    named = yaml.safe_load((REPOSITORY / "packages.yml").read_text())["packages"]
    assert sorted(entry["package"].split("/")[1] for entry in named) == PACKAGES


def defined(package: str) -> Iterator[str]:
    """What a stand-in offers: its tests and macros, without internal ones and per-engine forms."""
    for path in sorted((STANDINS / package / "macros").rglob("*.sql")):
        yield from (name for name in DEFINITION.findall(path.read_text()) if "__" not in name)


@pytest.mark.parametrize("package", PACKAGES)
def test_readme_lists_what_there_is(package: str) -> None:
    readme = (STANDINS / "README.md").read_text()
    section = re.search(rf"^## {package}\b.*?(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    assert section, f"no section about {package}"
    listed = re.findall(r"^\| `(\w+)` \|", section.group(), re.MULTILINE)
    assert sorted(listed) == sorted(defined(package))


@pytest.mark.parametrize("package", PACKAGES)
def test_each_test_is_seen_to_pass_and_to_fail(package: str) -> None:
    tests = {
        f"{package}.{name}"
        for path in (STANDINS / package / "macros").rglob("*.sql")
        for name in re.findall(r"\{%-?\s*test\s+(\w+)\(", path.read_text())
    }
    for verdict in ("pass", "fail"):
        assert tests <= {case.test for case in ANCHORED.values() if case.verdict == verdict}


@pytest.fixture(scope="session")
def one_of_each(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one case of each test."""
    cases = {case.test: case for case in ANCHORED.values()}
    return project_of(tmp_path_factory.mktemp("standins") / "each", case_names(cases.values()))


@pytest.mark.parametrize("target", ["duckdb", "redshift", "spark"])
def test_parses_without_deprecations(target: str, one_of_each: Path) -> None:
    strict = ["--warn-error-options", '{"error": ["Deprecations"]}', "--no-partial-parse"]
    parsed = dbt(one_of_each, "parse", "--target", target, *strict)
    assert parsed.success, parsed.exception


def fetched(project: Path, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query on what dbt built."""
    with duckdb.connect(str(project / "standins.duckdb")) as connection:
        rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
        return rows


@pytest.mark.usefixtures("anchored_verdicts")
def test_surrogate_keys_are_the_packages_own(project: Path) -> None:
    expected = {
        payment[0]: hashlib.md5(
            f"{payment[0]}-{payment[5] or '_dbt_utils_surrogate_key_null_'}".encode()
        ).hexdigest()
        for payment in PAYMENTS
    }
    assert dict(fetched(project, "select payment_id, payment_key from surrogate_keys")) == expected


@pytest.mark.usefixtures("anchored_verdicts")
def test_date_spine_of_days_leaves_out_its_end(project: Path) -> None:
    days = [
        row[0] for row in fetched(project, "select date_day::date from spine_of_days order by 1")
    ]
    assert days == [date(2024, 2, 27) + timedelta(days=place) for place in range(104)]


@pytest.mark.usefixtures("anchored_verdicts")
def test_date_spine_counts_months_by_their_boundaries(project: Path) -> None:
    months = [
        row[0]
        for row in fetched(project, "select date_month::date from spine_of_months order by 1")
    ]
    assert months == [date(2024, 1, 15), date(2024, 2, 15), date(2024, 3, 15)]


@pytest.mark.usefixtures("anchored_verdicts")
def test_star_leaves_out_and_renames(project: Path) -> None:
    columns = fetched(project, "select column_name from (describe starred)")
    assert [column for (column,) in columns] == ["place", "step", "x_lane_y"]
