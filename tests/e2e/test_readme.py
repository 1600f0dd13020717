"""Every command that the README quotes is run, in its order, as a reader would run it.

They run at the root of the working tree with its own `.venv`, with all state in a temporary folder:
the one of the shared demo, and from `make clean` on, which empties the state folder, a second one.
`source .venv/bin/activate` holds for what follows it, as in a terminal. `make demo` is the shared
demo's own run; `make ui` is started on a free port, asked, and ended by its process id.

`make test`, `make acceptance` and `make benchmark` are not run but looked up in the Makefile:
running the tests inside the tests would never end, and the other two take their own data and quiet.
A command that is neither run here nor one of these three fails.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from sentinel.documentation.markdown import shell_commands
from sentinel.settings import REPOSITORY_ROOT

pytestmark = pytest.mark.xdist_group("e2e")

README = REPOSITORY_ROOT / "README.md"
ACTIVATE = "source .venv/bin/activate"
LOOKED_UP = ("make test", "make acceptance", "make benchmark")
RUN = re.compile(
    r"make (demo|docs|clean|setup-model)\b.*|(sentinel|dbt|python) .+|" + re.escape(ACTIVATE)
)  # fmt: skip
TIMEOUT_SECONDS = 1200


@dataclass(frozen=True)
class Quoted:
    """A command of the README and what came before it.

    Attributes:
        text: the command without its comment.
        is_activated: whether the environment was activated before.
        is_after_clean: whether the state folder was emptied before.
    """

    text: str
    is_activated: bool
    is_after_clean: bool


def quoted(page: str) -> list[Quoted]:
    """The commands of a page in order."""
    found: list[Quoted] = []
    is_activated = is_after_clean = False
    for line in shell_commands(page):
        command = re.sub(r"\s+#\s.*$", "", line)
        is_after_clean = is_after_clean or command == "make clean"
        found.append(Quoted(command, is_activated, is_after_clean))
        is_activated = is_activated or command == ACTIVATE
    return found


def kind_of(command: str) -> str:
    """What is done with a command; raises ValueError for one that nothing is done with."""
    if command in LOOKED_UP:
        return "looked up"
    if command == "make ui":
        return "served"
    if RUN.fullmatch(command):
        return "run"
    raise ValueError(f"the README quotes {command!r}, which this test neither runs nor looks up")


COMMANDS = quoted(README.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def second_home(tmp_path_factory) -> Path:
    """A state folder with something in it, for `make clean` and what comes after."""
    home = tmp_path_factory.mktemp("second") / "home"
    home.mkdir()
    (home / "left_over").touch()
    return home


def test_the_readme_quotes_the_two_commands_first():
    assert [each.text for each in COMMANDS[:2]] == ["make demo", "make test"]


def test_nothing_is_quoted_that_is_not_dealt_with():
    assert {kind_of(each.text) for each in COMMANDS} == {"run", "served", "looked up"}
    for stranger in ("curl example.org", "make tests", "make ui2", "rm -r docs"):
        with pytest.raises(ValueError, match="neither runs nor looks up"):
            kind_of(stranger)


def test_commands_are_read_with_what_came_before():
    page = f"```sh\nmake demo  # first\n{ACTIVATE}\nsentinel x\n```\n"
    page += "```console\n$ make clean\nout\n```\n"
    assert quoted(page) == [
        Quoted("make demo", False, False),
        Quoted(ACTIVATE, False, False),
        Quoted("sentinel x", True, False),
        Quoted("make clean", True, True),
    ]


@pytest.mark.parametrize(
    "command",
    [each.text for each in COMMANDS if kind_of(each.text) == "looked up"],
)
def test_what_is_not_run_exists(command):
    target = command.removeprefix("make ")
    known = subprocess.run(
        ["make", "--dry-run", "--question", target], check=False, cwd=REPOSITORY_ROOT,
        capture_output=True, text=True,
    )  # fmt: skip
    assert "No rule to make target" not in known.stderr
    makefile = (REPOSITORY_ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE)


@pytest.mark.parametrize(
    "command",
    [each for each in COMMANDS if kind_of(each.text) == "run"],
    ids=lambda each: each.text[:60],
)
def test_what_is_quoted_runs(command, demo_home, second_home):
    if command.text == "make demo":
        assert "Data quality: good" in demo_home.output, demo_home.output
        return
    text = f"{ACTIVATE} && {command.text}" if command.is_activated else command.text
    home = demo_home.in_folder(second_home) if command.is_after_clean else demo_home
    printed = home.run(text, TIMEOUT_SECONDS)
    if command.text == "make clean":
        assert not second_home.exists()
    if command.text.startswith("make demo"):
        assert "Data quality: good" in printed, printed


def test_the_ui_that_is_quoted_answers(dagster_ui):
    assert dagster_ui.process.poll() is None
    assert dagster_ui.address.startswith("http://127.0.0.1:")
