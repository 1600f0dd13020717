"""Redshift SQL as tokens that can be replaced while all other text stays as it is.

Belongs here: finding tokens, calls and their arguments. Does not belong here: what is replaced.
Whole statements are not translated: a translation changes what it does not know.
"""

import re
from dataclasses import dataclass, field

from sqlglot.dialects.redshift import Redshift

_TEXTS = ("STRING", "HEREDOC_STRING", "RAW_STRING", "NATIONAL_STRING")


class Unsupported(Exception):
    """Redshift would refuse the statement, or the stand-in does not do it."""


@dataclass
class Tokens:
    """The tokens of one text, and the edits made so far.

    Attributes:
        words: each token's text in lower case; texts begin with ' and quoted names with ".
    """

    sql: str
    words: list[str] = field(init=False)
    _edits: list[tuple[int, int, str]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        # $1 would be taken for a dollar quote; the offsets stay.
        self._tokens = Redshift().tokenize(re.sub(r"\$(?=\d)", "_", self.sql))
        self.words = []
        for token in self._tokens:
            kind = token.token_type.name
            is_name = kind == "IDENTIFIER" and self.sql[token.start] == '"'
            mark = "'" if kind in _TEXTS else '"' if is_name else ""
            self.words.append(mark + token.text.lower())

    def __len__(self) -> int:
        return len(self.words)

    def word(self, place: int) -> str:
        """The word at a place; empty outside of the text."""
        return self.words[place] if 0 <= place < len(self.words) else ""

    def text(self, first: int, last: int) -> str:
        """The text from one token to another, both included."""
        return self.sql[self._tokens[first].start : self._tokens[last].end + 1]

    def closing(self, opening: int) -> int:
        """Place of the parenthesis that closes the one at a place."""
        depth = 0
        for place in range(opening, len(self.words)):
            depth += (self.words[place] == "(") - (self.words[place] == ")")
            if depth == 0:
                return place
        raise Unsupported("a parenthesis is not closed")

    def arguments(self, opening: int) -> tuple[list[str], int]:
        """Texts of the arguments of a call, and the place of its closing parenthesis."""
        end, found, depth, start = self.closing(opening), [], 0, opening + 1
        for place in range(opening + 1, end + 1):
            word = self.words[place]
            depth += (word in ("(", "[")) - (word in (")", "]"))
            if (depth == 0 and word == ",") or place == end:
                found.append(self.text(start, place - 1) if place > start else "")
                start = place + 1
        return found, end

    def replace(self, first: int, last: int, text: str) -> None:
        """Puts a text in the place of tokens."""
        self._edits.append((self._tokens[first].start, self._tokens[last].end + 1, text))

    @property
    def is_edited(self) -> bool:
        """Whether anything was replaced."""
        return bool(self._edits)

    def edited(self) -> str:
        """The text with every edit."""
        text = self.sql
        for start, end, new in sorted(self._edits, reverse=True):
            text = text[:start] + new + text[end:]
        return text


def literal(value: object) -> str:
    """A value as a text of SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def without_comments(sql: str) -> str:
    """A statement without the comments in front of it and the semicolon behind."""
    return re.sub(r"^(\s|/\*.*?\*/|--[^\n]*\n)+", "", sql, flags=re.DOTALL).rstrip("; \n\t")


def together(*statements: str) -> str:
    """Several statements as one, so that the driver gets one answer."""
    body = " ".join(f"execute {literal(each)};" for each in statements)
    return f"do $rs$ begin {body} end $rs$"
