"""docs/benchmarks.md: a section for each benchmark, renewed one by one.

Belongs here: keeping the sections that were not measured now. Does not belong here: measuring.
"""

import re
from collections.abc import Sequence
from datetime import date

from benchmarks.measure import machine
from sentinel.settings import REPOSITORY_ROOT

PAGE = REPOSITORY_ROOT / "docs" / "benchmarks.md"
_HEAD = """\
# Benchmarks

Written by `make benchmark`, which measures one thing after the other; each section is of one run.
Memory is the greatest resident size of all processes of a run together.
"""


def renew(title: str, order: Sequence[str], text: str) -> None:
    """Puts a section, which says where and when it was measured, in its place on the page."""
    sections = _sections()
    sections[title] = f"Measured on {machine()}, {date.today().isoformat()}.\n\n{text.strip()}"
    parts = [f"## {name}\n\n{sections[name]}\n" for name in order if name in sections]
    PAGE.write_text("\n".join([_HEAD, *parts]))


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def megabytes(count: float) -> str:
    """Bytes for people."""
    return f"{count / 1e6:,.0f} MB"


def _sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", PAGE.read_text() if PAGE.exists() else "", flags=re.MULTILINE)
    return {
        title.strip(): text.strip() for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }
