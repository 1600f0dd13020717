"""Writes a small dbt project around the cases, with packages copied into it, and runs dbt there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner, dbtRunnerResult

from .case import Case
from .tables import CONFIG, DECLARED, SOURCES, TABLES

REFERENCE = re.compile(r"""\bref\(["'](\w+)["']\)""")
REPOSITORY = Path(__file__).parents[3]
STANDINS = REPOSITORY / "dbt_project" / "package_standins"
PACKAGES = sorted(path.name for path in STANDINS.iterdir() if path.is_dir())
QUIETLY = ["--log-level", "none", "--log-level-file", "none", "--no-write-json"]
MACRO_MODELS = {
    "surrogate_keys": """
        select
            payment_id,
            {{ dbt_utils.generate_surrogate_key(["payment_id", "reference"]) }} as payment_key
        from {{ ref("payments") }}
    """,
    "spine_of_days": """
        {{ dbt_utils.date_spine(
            "day", "cast('2024-02-27' as date)", "cast('2024-06-10' as date)"
        ) }}
    """,
    "spine_of_months": """
        with months as (
            {{ dbt_utils.date_spine(
                datepart="month",
                start_date="cast('2024-01-15' as date)",
                end_date="cast('2024-04-14' as date)"
            ) }}
        )
        select * from months
    """,
    "starred": """
        select {{ dbt_utils.star(from=ref("steps"), except=["LANE"]) }},
            {{ dbt_utils.star(
                ref("steps"), relation_alias="s", except=["place", "step"], prefix="x_", suffix="_y"
            ) }}
        from {{ ref("steps") }} as s
    """,
}


def profiles(root: Path) -> dict[str, object]:
    """A profile with the three engines. Only the first is ever connected to."""
    outputs: dict[str, dict[str, object]] = {
        "duckdb": {"type": "duckdb", "path": str(root / "standins.duckdb"), "threads": 4},
        "redshift": {
            "type": "redshift",
            "host": "redshift.invalid",
            "user": "nobody",
            "password": "none",
            "port": 5439,
            "dbname": "nothing",
        },
        "spark": {"type": "spark", "method": "session", "host": "none"},
    }
    return {
        "standins": {
            "target": "duckdb",
            "outputs": {name: {"schema": "main"} | output for name, output in outputs.items()},
        }
    }


def case_names(cases: Iterable[Case]) -> dict[str, Case]:
    """The cases by the name of their dbt test."""
    return {f"case_{number:03d}": case for number, case in enumerate(cases)}


def models_for(cases: Iterable[Case]) -> dict[str, str]:
    """The models that cases need, by name: their tables, and what those and the cases refer to."""
    available = TABLES | MACRO_MODELS
    models: dict[str, str] = {}
    wanted = {*MACRO_MODELS, "payments", "steps"}
    for case in cases:
        wanted |= {case.table.removeprefix("source:")} | set(REFERENCE.findall(str(case.arguments)))
    while wanted:
        models |= {name: available[name] for name in wanted}
        wanted = {
            name for sql in models.values() for name in REFERENCE.findall(sql)
        } - models.keys()
    return models


def _test(name: str, case: Case) -> dict[str, object]:
    return {case.test: {"name": name, "arguments": case.arguments, "config": case.config}}


def _described(table: str, name: str, cases: Mapping[str, Case]) -> dict[str, object]:
    """The YAML of a model or source table `name`: columns, config and the tests of its cases."""
    columns: dict[str, dict[str, Any]] = {
        column["name"]: {**column} for column in DECLARED.get(name, [])
    }
    tests: list[object] = []
    for test_name, case in cases.items():
        if case.table != table:
            continue
        place = tests
        if case.column:
            column = columns.setdefault(case.column, {"name": case.column})
            place = column.setdefault("data_tests", [])
        place.append(_test(test_name, case))
    described = {"name": name, "columns": list(columns.values()), "data_tests": tests}
    return described | ({"config": CONFIG[name]} if name in CONFIG else {})


def write_project(root: Path, packages: Mapping[str, Path], cases: Mapping[str, Case]) -> None:
    """Write a project that has the repository's own packages.yml, which names the hub's packages,
    and copies of the given folders as its dbt_packages."""
    models = models_for(cases.values())
    (root / "models").mkdir(parents=True)
    for name, sql in models.items():
        (root / "models" / f"{name}.sql").write_text(sql)
    shutil.copy(REPOSITORY / "packages.yml", root)
    for name, source in packages.items():
        shutil.copytree(source, root / "dbt_packages" / name)
    sources = [_described(f"source:{name}", name, cases) for name in SOURCES if name in models]
    files: dict[str, object] = {
        "dbt_project.yml": {
            "name": "standins",
            "version": "1.0.0",
            "profile": "standins",
            "models": {"standins": {"+materialized": "table"}},
        },
        "profiles.yml": profiles(root),
        "models/schema.yml": {
            "version": 2,
            "models": [_described(name, name, cases) for name in models],
            "sources": [{"name": "lake", "schema": "{{ target.schema }}", "tables": sources}],
        },
    }
    for name, content in files.items():
        (root / name).write_text(yaml.safe_dump(content, sort_keys=False))


def dbt(root: Path, *arguments: str) -> dbtRunnerResult:
    """Run dbt in the project, in this process, and write nothing outside it."""
    places = {"project-dir": root, "profiles-dir": root, "log-path": root / "logs"}
    options = [text for name, path in places.items() for text in (f"--{name}", str(path))]
    return dbtRunner().invoke([*arguments, *options, *QUIETLY])


def statuses(result: dbtRunnerResult) -> dict[str, str]:
    """What dbt said of each node it ran (success; for a test, pass or fail; error), by its name."""
    if not isinstance(result.result, RunExecutionResult):
        raise RuntimeError("dbt did not get as far as running") from result.exception
    return {entry.node.name: str(entry.status) for entry in result.result.results}
