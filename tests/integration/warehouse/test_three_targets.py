"""The project parses for every engine, and nothing in it is unknown or deprecated there.

Unknown keys in YAML are reported only when Redshift's adapter parses. No connection is made.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sentinel.settings import REPOSITORY_ROOT

STRICT = ("--warn-error-options", '{"error": ["Deprecations"]}')
PARSES_SECONDS = 180


def parse(
    target: str, folder: Path, project: Path = REPOSITORY_ROOT
) -> subprocess.CompletedProcess[str]:
    """`dbt parse` in a process of its own, with state of its own."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SENTINEL_", "DBT_"))
    } | {"SENTINEL_HOME": str(folder), "DBT_TARGET_PATH": str(folder / "dbt")}
    return subprocess.run(
        [
            Path(sys.executable).with_name("dbt"), *STRICT, "--log-path", folder / "logs",
            "parse", "--no-partial-parse", "--target", target,
            "--project-dir", project, "--profiles-dir", REPOSITORY_ROOT,
        ],
        cwd=project, env=environment, capture_output=True, text=True, check=False,
        timeout=PARSES_SECONDS,
    )  # fmt: skip


@pytest.mark.parametrize("target", ["duckdb", "redshift", "spark"])
def test_the_project_parses(target: str, tmp_path: Path) -> None:
    done = parse(target, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "dbt" / "manifest.json").exists()
    assert "deprecat" not in done.stdout.lower()


def test_an_unknown_key_is_found(tmp_path: Path) -> None:
    """The test above can fail: a project with a key that dbt does not know is refused."""
    project = tmp_path / "project"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text(
        'name: unknown_key\nprofile: sentinel\nversion: "1.0.0"\nmodel-paths: [models]\n'
    )
    (project / "models" / "one.sql").write_text("select 1 as one_id")
    (project / "models" / "_models.yml").write_text("models:\n  - name: one\n    grain: one row\n")
    done = parse("redshift", tmp_path, project)
    assert done.returncode != 0
    assert "grain" in done.stdout
