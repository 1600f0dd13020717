"""The course: every command of every lesson runs, and prints what its page says.

It works in a copy of the project under git, since lessons change models. A lesson's shell blocks
are one terminal; a `text` block holds what the block of commands before it prints, among others.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sentinel.documentation.markdown import Block, blocks
from sentinel.settings import REPOSITORY_ROOT

COURSE = REPOSITORY_ROOT / "docs" / "course"
LESSONS = sorted(COURSE.glob("[0-9]*.md"))
SECONDS = 600
_END = "@@ end of block"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone as a person has it: under git, with packages of dbt and the environment."""
    root = tmp_path_factory.mktemp("course") / "project"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY_ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, listed):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY_ROOT / name, root / name)
    shutil.copytree(REPOSITORY_ROOT / "dbt_packages", root / "dbt_packages")
    (root / ".venv").symlink_to((REPOSITORY_ROOT / ".venv").resolve())
    for command in (
        "init --quiet", "add --all",
        "-c user.name=course -c user.email=course@sentinel.example commit --quiet -m course",
    ):  # fmt: skip
        subprocess.run(["git", *command.split()], cwd=root, check=True)
    return root


def run(project: Path, commands: list[str]) -> list[str]:
    """What each block of commands printed, run one after the other in one shell."""
    script = "\n".join(f"{block}\necho '{_END}'" for block in commands)
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SENTINEL_", "DBT_", "DAGSTER_", "PYTEST_"))
    }
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], cwd=project, check=False, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS,
        env={
            **inherited, "COLUMNS": "200",
            "PYTHONPATH": f"{project}{os.pathsep}{REPOSITORY_ROOT}",
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout.split(_END)


def expectations(found: list[Block]) -> list[tuple[str, list[str]]]:
    """Each block of commands with the lines that it has to print."""
    pairs: list[tuple[str, list[str]]] = []
    for block in found:
        if block.language == "sh":
            pairs.append((block.text, []))
        elif block.language == "text":
            pairs[-1][1].extend(block.text.splitlines())
    return pairs


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_and_prints_what_it_says(lesson: Path, project: Path) -> None:
    pairs = expectations(blocks(lesson.read_text(encoding="utf-8")))
    assert any(wanted for _, wanted in pairs)
    printed = run(project, [commands for commands, _ in pairs])
    for (commands, wanted), output in zip(pairs, printed, strict=False):
        for line in wanted:
            assert line in output, f"{commands}\nprinted\n{output}"


def test_every_lesson_asks_for_something_and_is_listed() -> None:
    index = (COURSE / "README.md").read_text(encoding="utf-8")
    assert len(LESSONS) == 5
    for lesson in LESSONS:
        assert f"]({lesson.name})" in index
        text = lesson.read_text(encoding="utf-8")
        assert "## Exercise" in text
        assert "```sh" in text.partition("## Exercise")[2]
