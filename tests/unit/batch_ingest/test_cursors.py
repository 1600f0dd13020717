"""Cursor values: what advances one, from where to go on, and that they survive being written."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from batch_ingest.cursors import CursorRule, read, written
from batch_ingest.mapping import Cursor

NOW = datetime(2026, 6, 1)


def rule(kind="timestamp", **more) -> CursorRule:
    return CursorRule(Cursor(column="c", type=kind, **more), NOW)


@pytest.mark.parametrize(
    ("kind", "smaller", "greater"),
    [
        ("integer", 9, 10), ("integer", "9", "10"), ("integer", Decimal("9"), Decimal("10")),
        ("string", "a", "b"),
        ("timestamp", datetime(2026, 1, 1), datetime(2026, 1, 2)),
        ("timestamp", "2026-01-01T01:30:00+02:00", "2026-01-01T00:00:00Z"),
        ("timestamp", date(2026, 1, 1), date(2026, 1, 2)),
    ],
)  # fmt: skip
def test_the_greater_value_wins(kind, smaller, greater):
    assert rule(kind).greater(greater, smaller) == greater
    assert rule(kind).greater(smaller, greater) == greater
    assert rule(kind).greater(smaller, None) == smaller


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("timestamp", None), ("timestamp", "rubbish"), ("timestamp", datetime(2999, 1, 1)),
        ("timestamp", 5), ("integer", "x"), ("integer", None), ("integer", True), ("string", 5),
    ],
)  # fmt: skip
def test_values_that_do_not_advance_a_cursor(kind, value):
    assert rule(kind).rank(value) is None
    assert rule(kind).greater(value, None) is None


def test_a_row_from_the_future_does_not_hide_those_of_today():
    assert rule().greater(datetime(2999, 1, 1), datetime(2026, 1, 1)) == datetime(2026, 1, 1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2026, 1, 1, 1), datetime(2026, 1, 1)),
        ("2026-01-01 01:00:00", "2026-01-01 00:00:00"),
        ("2026-01-01T01:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T01:00:00+02:00", "2026-01-01T00:00:00+02:00"),
        (date(2026, 1, 2), date(2026, 1, 1)),
        (None, None),
    ],
)
def test_going_back_an_hour(value, expected):
    assert rule(lookback=3600).start(value) == expected


def test_going_back_by_numbers_and_not_at_all():
    assert rule("integer", lookback=5).start(10) == 5
    assert rule("integer", lookback=5).start(Decimal("10")) == Decimal("5")
    assert rule("string", lookback=5).start("b") == "b"
    assert rule().start("2026-01-01") == "2026-01-01"


@pytest.mark.parametrize(
    "value",
    [
        None, 5, "text", Decimal("1.50"), date(2026, 1, 1), datetime(2026, 1, 1, 2, 3, 4, 5),
        datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2))),
    ],
)  # fmt: skip
def test_values_survive_being_written(value):
    again = read(written(value))
    assert again == value
    assert type(again) is type(value)
