"""What a Markdown page quotes: its commands, its code blocks, its links.

Belongs here: reading them out of a page, for the tests that hold the pages to the code. Does not
belong here: running or judging what is quoted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SHELL_LANGUAGES = ("sh", "bash", "shell", "console")

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INDENTED_COMMAND = re.compile(r"^    ((?:make|sentinel|dbt) .*)$", re.MULTILINE)
_INLINE_COMMAND = re.compile(r"`((?:make|sentinel|dbt) [^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_TABLE_ROW = re.compile(r"^\| (.*) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block with the language it names."""

    language: str
    text: str


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [Block(found[1], found[2]) for found in _FENCE.finditer(page)]


def shell_commands(page: str) -> Iterator[str]:
    """The commands of a page's shell blocks, in order, one for each line that is not a comment.

    In a `console` block the commands are the lines with a prompt, the others what they print.
    """
    for block in blocks(page):
        if block.language not in SHELL_LANGUAGES:
            continue
        for line in re.sub(r"\\\n\s*", "", block.text).splitlines():
            if block.language == "console":
                if line.startswith("$ "):
                    yield line.removeprefix("$ ").strip()
            elif line.strip() and not line.strip().startswith("#"):
                yield line.strip()


def mentioned_commands(page: str) -> set[str]:
    """Commands that a page names in the text or in indented lines, without running them."""
    text = _FENCE.sub("", page)
    found = _INLINE_COMMAND.findall(text) + _INDENTED_COMMAND.findall(text)
    return {re.split(r"\s{3,}", each)[0].strip() for each in found}


def links(page: str) -> list[str]:
    """The targets of a page's links and pictures."""
    return _LINK.findall(_FENCE.sub("", page))


def table_rows(page: str) -> list[list[str]]:
    """The cells of every table row of a page, headers included."""
    return [found.split(" | ") for found in _TABLE_ROW.findall(page)]
