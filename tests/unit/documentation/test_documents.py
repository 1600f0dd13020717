"""Links lead somewhere, commands exist, and no page speaks of plans or of somebody's machine."""

import re
import tomllib

import pytest

from sentinel.cli import GROUP
from sentinel.documentation.markdown import links, mentioned_commands, shell_commands
from sentinel.settings import REPOSITORY_ROOT

PAGES = [REPOSITORY_ROOT / "README.md", *sorted((REPOSITORY_ROOT / "docs").rglob("*.md"))]
DBT_COMMANDS = (
    "build", "clone", "deps", "docs", "parse", "run", "run-operation", "seed", "show", "snapshot",
    "test",
)  # fmt: skip
UNWELCOME = re.compile(
    r"\bTODO\b|\bTBD\b|\bWIP\b|\bcoming soon\b|\bnot yet implemented\b|\bin the future\b"
    r"|\broadmap\b"
    r"|(?<![\w.])/(?:work|home|root|tmp|Users)/",
    re.IGNORECASE,
)

each_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY_ROOT))
)


@each_page
def test_every_link_leads_to_a_file_and_a_heading(page):
    missing = []
    for link in links(page.read_text(encoding="utf-8")):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            missing.append(link)
    assert not missing


def anchors(page):
    """The anchors that renderers of Markdown give a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@each_page
def test_every_command_named_exists(page):
    text = page.read_text(encoding="utf-8")
    makefile = (REPOSITORY_ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    project = tomllib.loads((REPOSITORY_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    ours = set(project["project"]["entry-points"][GROUP])
    unknown = []
    for command in {*mentioned_commands(text), *shell_commands(text)}:
        program, _, rest = command.partition(" ")
        first = rest.split(" ")[0] if rest else ""
        known = {"make": targets, "sentinel": {*ours, "--help"}, "dbt": set(DBT_COMMANDS)}
        if program in known and first not in known[program]:
            unknown.append(command)
    assert not unknown


@each_page
def test_no_page_holds_plans_status_or_paths_of_a_machine(page):
    assert not UNWELCOME.findall(page.read_text(encoding="utf-8"))


def test_the_index_leads_to_every_page():
    docs = REPOSITORY_ROOT / "docs"
    linked = {
        (docs / link.partition("#")[0]).resolve()
        for link in links((docs / "README.md").read_text(encoding="utf-8"))
    }
    assert not [path for path in PAGES if path.name != "README.md" and path not in linked]


DECISIONS = sorted((REPOSITORY_ROOT / "docs" / "decisions").glob("*.md"))


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_context_decision_and_consequences(path):
    text = path.read_text(encoding="utf-8")
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+", path.stem)
    assert text.startswith(f"# {path.stem[:4]}: ")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_decisions_are_numbered_without_a_gap():
    numbers = [int(path.stem[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))
