"""A change of a model in git, reviewed as `make slim` does: the comment names the right columns."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sentinel.settings import REPOSITORY_ROOT
from tests.support.warehouse import Warehouse

SECONDS = 300
MODEL = "dbt_project/models/intermediate/int_terminals__current.sql"
PROJECT = (
    "sentinel", "batch_ingest", "spark_udfs", "dbt_project", "macros", "seeds", "snapshots",
    "dbt_project.yml", "profiles.yml", "packages.yml", "selectors.yml", "pyproject.toml",
)  # fmt: skip


class Change:
    """A copy of the project that may be changed, its state as it was, and a built warehouse."""

    def __init__(self, folder: Path, built: Warehouse) -> None:
        self.root, self.state, self.home = folder / "project", folder / "state", folder / "home"
        self.root.mkdir()
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PROJECT],
            cwd=REPOSITORY_ROOT, check=True, capture_output=True, text=True,
        ).stdout.split()  # fmt: skip
        for name in listed:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY_ROOT / name, self.root / name)
        shutil.copytree(REPOSITORY_ROOT / "dbt_packages", self.root / "dbt_packages")
        built.copied_to(self.home)
        self._run("dbt", "--quiet", "parse", "--target-path", str(self.state))

    def edit(self, before: str, after: str) -> None:
        path = self.root / MODEL
        text = path.read_text()
        assert text.count(before) == 1
        path.write_text(text.replace(before, after))

    def review(self) -> tuple[int, str]:
        """Exit code and comment."""
        comment = self.home / "comment.md"
        done = self._run(
            "sentinel", "review", "--state", str(self.state), "--write", str(comment), check=False
        )
        assert comment.is_file(), done.stdout + done.stderr
        return done.returncode, comment.read_text()

    def _run(
        self, program: str, *arguments: str, check: bool = True
    ) -> "subprocess.CompletedProcess[str]":
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("SENTINEL_", "DBT_"))}
        done = subprocess.run(
            [str(Path(sys.executable).with_name(program)), *arguments],
            cwd=self.root, check=False, capture_output=True, text=True, timeout=SECONDS,
            env={
                **kept, "PYTHONPATH": f"{self.root}{os.pathsep}{REPOSITORY_ROOT}",
                "SENTINEL_HOME": str(self.home), "SENTINEL_SAMPLE": "false",
                "DBT_LOG_PATH": str(self.home / "dbt_logs"),
            },
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done


@pytest.fixture(scope="module")
def change(empty_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Change:
    return Change(tmp_path_factory.mktemp("review"), empty_warehouse)


def test_a_comment_names_columns_their_types_and_who_uses_them(change: Change) -> None:
    """One is added, one retyped against a contract, and one taken away that others need."""
    change.edit("        updated_at\n", "        updated_at,\n        1 as copy_count\n")
    change.edit("        is_deleted,\n", "")
    change.edit("        latitude,\n", "        cast(latitude as float) as latitude,\n")
    code, text = change.review()
    assert code == 1
    assert "failed" in text.splitlines()[0]
    assert "### `intermediate.int_terminals__current` (changed)" in text
    assert columns(text) == [
        ["`latitude`", "retyped", "`DOUBLE` → `FLOAT`", "`marts.dim_terminals` (`latitude`)"],
        ["`copy_count`", "added", "`INTEGER`", "–"],  # noqa: RUF001
        [
            "`is_deleted`", "removed", "`BOOLEAN`",
            "`marts.dim_terminals` (`deleted_at`, `is_deleted`)",
        ],
    ]  # fmt: skip
    assert "`marts.dim_terminals`" in text.partition("### Downstream")[2]
    assert "Fraud management" in text.partition("### Who looks at it")[2]
    failed = text.partition("### What failed")[2]
    assert "`dim_terminals`" in failed
    assert "is_deleted" in failed


def columns(comment: str) -> list[list[str]]:
    """The rows of the table of columns."""
    section = comment.partition("| Column |")[2].partition("\n\n")[0]
    return [
        line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")
    ]
