"""Cursor values: which is greater, from which to go on, and how they are written down.

Belongs here: one cursor's arithmetic. Does not belong here: reading a source.
"""

import datetime
import decimal
import json
from collections.abc import Callable
from typing import Any

from batch_ingest.mapping import Cursor

_FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "Decimal": decimal.Decimal,
    "int": int,
    "str": str,
}


class CursorRule:
    """How the values of one cursor compare.

    Args:
        now: UTC time after which a value says nothing about what was read: one row dated in the
            year 2999 must not keep all later ones from being read.
    """

    def __init__(self, cursor: Cursor, now: datetime.datetime) -> None:
        self.cursor = cursor
        self._now = now

    def rank(self, value: Any) -> Any:
        """What a value compares by, None where it cannot advance the cursor."""
        if value is None or isinstance(value, bool):
            return None
        if self.cursor.type == "string":
            return value if isinstance(value, str) else None
        if self.cursor.type == "integer":
            return _integer(value)
        at = _instant(value)
        return at if at is not None and at <= self._now else None

    def greater(self, one: Any, other: Any) -> Any:
        """The greater of two values; a value that cannot advance the cursor loses."""
        rank, best = self.rank(one), self.rank(other)
        if rank is None:
            return other if best is not None else None
        return one if best is None or rank > best else other

    def start(self, value: Any) -> Any:
        """The value from which to read, given up to which one everything was read."""
        if value is None or not self.cursor.lookback:
            return value
        if self.cursor.type == "integer":
            return type(value)(int(value) - int(self.cursor.lookback))
        if self.cursor.type == "string":
            return value
        back = datetime.timedelta(seconds=self.cursor.lookback)
        if isinstance(value, str):
            earlier = datetime.datetime.fromisoformat(value) - back
            text = earlier.isoformat(value[10:11] or "T")
            return text.replace("+00:00", "Z") if value.endswith("Z") else text
        if isinstance(value, datetime.datetime):
            return value - back
        return value - datetime.timedelta(days=-(-back // datetime.timedelta(days=1)))


def written(value: Any) -> str | None:
    """A cursor value as JSON that gives the same value again."""
    if value is None:
        return None
    text = value.isoformat() if isinstance(value, datetime.date) else str(value)
    return json.dumps([type(value).__name__, text])


def read(text: str | None) -> Any:
    """The value that `written` wrote."""
    if text is None:
        return None
    kind, value = json.loads(text)
    return _FROM_TEXT[kind](value)


def _integer(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _instant(value: Any) -> datetime.datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, datetime.date):
        return datetime.datetime.combine(value, datetime.time())
    return None
