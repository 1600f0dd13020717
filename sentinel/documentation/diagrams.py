"""Pictures of the diagrams: Graphviz sources to SVG.

Belongs here: drawing, and marking each picture with the source it was drawn from, so that a test
without Graphviz can tell an outdated one. Does not belong here: what the diagrams show; that is
in `docs/diagrams/*.dot`.
"""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

from sentinel.errors import SentinelError
from sentinel.settings import REPOSITORY_ROOT

SOURCES = REPOSITORY_ROOT / "docs" / "diagrams"
PICTURES = REPOSITORY_ROOT / "docs" / "images"

_MARK = re.compile(r"<!-- drawn from (\S+), SHA-256 ([0-9a-f]{64}) -->")


class DiagramError(SentinelError):
    """A diagram cannot be drawn."""


def render_all(sources: Path = SOURCES, pictures: Path = PICTURES) -> list[Path]:
    """Draws every diagram and returns the pictures' paths.

    Raises:
        DiagramError: when Graphviz is missing or refuses a source, naming it.
    """
    pictures.mkdir(parents=True, exist_ok=True)
    drawn = []
    for source in sorted(sources.glob("*.dot")):
        picture = pictures / f"{source.stem}.svg"
        picture.write_text(render(source), encoding="utf-8")
        drawn.append(picture)
    return drawn


def render(source: Path) -> str:
    """The SVG text of one diagram, with the mark of its source."""
    if shutil.which("dot") is None:
        raise DiagramError("drawing diagrams needs Graphviz: install the package 'graphviz'.")
    done = subprocess.run(
        ["dot", "-Tsvg", str(source)], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise DiagramError(f"{source.name}: Graphviz refuses it:\n{done.stderr}")
    return _tidied(done.stdout, mark(source))


def mark(source: Path) -> str:
    """The comment that says from which source, to the byte, a picture was drawn."""
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    return f"<!-- drawn from {source.name}, SHA-256 {digest} -->"


def mark_in(picture: Path) -> str | None:
    """The mark that a picture carries, if it carries one."""
    found = _MARK.search(picture.read_text(encoding="utf-8"))
    return found[0] if found else None


def _tidied(svg: str, comment: str) -> str:
    """Without Graphviz's prologue and comments, which differ from version to version."""
    body = svg[svg.index("<svg") :]
    return comment + "\n" + re.sub(r"<!--.*?-->\n?", "", body, flags=re.DOTALL)
