"""Pages of figures in docs/: a section for each benchmark, renewed one by one.

Belongs here: keeping what was not measured now. Does not belong here: measuring.
"""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.measure import machine


def renew(page: Path, title: str, text: str) -> None:
    """Puts a section, which says where and when it was measured, into a page.

    In the place of the section of that title; at the end if there is none. All else of the page,
    which people write, stays as it is.
    """
    measured = f"Measured on {machine()}, {date.today().isoformat()}.\n\n{text.strip()}"
    section = f"## {title}\n\n{measured}\n"
    before = page.read_text()
    place = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    if found := place.search(before):
        behind = before[found.end() :]
        after = before[: found.start()] + section + (f"\n{behind}" if behind else "")
    else:
        after = f"{before.rstrip()}\n\n{section}"
    page.write_text(after)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def megabytes(count: float) -> str:
    """Bytes for people."""
    return f"{count / 1e6:,.0f} MB"
