"""The tables that cases run on, as dbt models that select literals.

Plain `VALUES` and casts, so that the same models build on DuckDB, PostgreSQL and Spark. Series are
relative to `ANCHOR`, which the tests give elementary as the time of the run, except those named
`*_now`, which are relative to the real time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

ANCHOR = datetime(2024, 3, 15, 9, 30)  # a Friday
NOW = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
Row = Sequence[object]


def _literal(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str | datetime):
        return f"'{value}'"
    return str(value)


def model(columns: dict[str, str], rows: Iterable[Row], header: str = "") -> str:
    """The SQL of a model: the rows, cast to the columns' types."""
    casts = ",\n    ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns.items())
    values = ",\n    ".join("(" + ", ".join(map(_literal, row)) + ")" for row in rows)
    return (
        f"{header}select\n    {casts}\nfrom (values\n    {values}\n) as t({', '.join(columns)})\n"
    )


PAYMENT_COLUMNS = {
    "payment_id": "integer",
    "customer_id": "varchar(20)",
    "amount": "decimal(18, 2)",
    "fee": "decimal(18, 2)",
    "currency": "varchar(20)",
    "reference": "varchar(20)",
    "opened_at": "timestamp",
    "settled_at": "timestamp",
}
PAYMENTS: list[Row] = [
    (1, "a", 10, 1, "EUR", "P-0001", "2024-03-01 10:00:00", "2024-03-02 10:00:00"),
    (2, "a", 20, 2, "EUR", "P-0002", "2024-03-02 10:00:00", "2024-03-03 10:00:00"),
    (3, "a", 30, 3, "USD", "P-0003", "2024-03-03 10:00:00", "2024-03-04 10:00:00"),
    (4, "b", 10, 1, "USD", "P-0004", "2024-03-04 10:00:00", "2024-03-05 10:00:00"),
    (5, "b", 20, 2, "EUR", "P-0005", "2024-03-05 10:00:00", "2024-03-06 10:00:00"),
    (6, "c", None, None, "USD", None, "2024-03-06 10:00:00", None),
]
# A row repeated, a value out of bounds, an unknown currency, a malformed reference, time reversed.
BROKEN_PAYMENTS: list[Row] = [
    *PAYMENTS[:2],
    PAYMENTS[1],
    (3, "a", -30, 40, "XXX", "p-3", "2024-03-03 10:00:00", "2024-03-02 10:00:00"),
    (5, None, 20, 2, None, "P-00005", "2024-03-05 10:00:00", "2024-03-05 10:00:00"),
    (4, None, 10, 1, "USD", "P-0004", "2024-03-04 10:00:00", "2024-03-05 10:00:00"),
]
# Two groups that count up in turn, so that only the grouped order is increasing.
STEPS: list[Row] = [("a", 1, 1), ("b", 2, 1), ("a", 3, 2), ("b", 4, 2), ("a", 5, 3), ("b", 6, None)]


def ago(**past: float) -> datetime:
    """A time before the real now."""
    return NOW - timedelta(**past)


RECENT: list[Row] = [("a", ago(hours=1)), ("a", ago(days=20)), ("b", ago(days=9))]
FUTURE: list[Row] = [("a", ago(days=-3)), ("a", ago(days=20)), ("b", ago(days=9))]


SERIES_COLUMNS = {
    "seen_at": "timestamp",
    "happened_at": "timestamp",
    "channel": "varchar(20)",
    "value": "double precision",
    "label": "varchar(60)",
    "is_flagged": "boolean",
}
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def midnight(moment: datetime) -> datetime:
    """The start of a time's day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def at(
    start: datetime, count: int, within: timedelta, lag: float = 60, **values: object
) -> list[Row]:
    """Rows spread evenly over a time, each seen `lag` seconds after it happened."""
    row = {"channel": "web", "value": 1.0, "label": "plain", "is_flagged": False} | values
    moments = [start + within * ((place + 0.5) / count) for place in range(count)]
    return [
        (
            seen.replace(microsecond=0),
            seen.replace(microsecond=0) - timedelta(seconds=lag),
            *row.values(),
        )
        for seen in moments
    ]


def daily(counts: Sequence[int], end: datetime = ANCHOR, **values: Any) -> list[Row]:
    """Rows for consecutive days, of which the last is the day before `end`."""
    first = midnight(end) - len(counts) * DAY
    return [
        row
        for place, count in enumerate(counts)
        for row in at(first + place * DAY, count, DAY, **values)
    ]


WAVE = [10, 11, 9, 10, 12, 9, 11, 10, 10, 11]
MONTH = WAVE * 3  # thirty unremarkable days


def except_on(counts: Sequence[int], changes: dict[int, int]) -> list[int]:
    """The counts with some replaced: {days before the end: count}, 1 for the last day."""
    return [changes.get(len(counts) - place, count) for place, count in enumerate(counts)]


def hours(spans: Iterable[tuple[int, float]], step: float) -> list[Row]:
    """Updates every `step` hours, over spans of (days before the anchor's day, days long)."""
    rows: list[Row] = []
    for days_before, days_long in spans:
        start = midnight(ANCHOR) - days_before * DAY
        rows += at(start, round(days_long * 24 / step), days_long * DAY)
    return rows


def typical_day(day: datetime, odd: bool) -> list[Row]:
    """Ten rows of a day; on an odd day, every monitor of every column stands out."""
    rows: list[Row] = []
    for place in range(10):
        value: float | None = place
        label: str | None = "abc" if place < 5 else "abcde"
        is_flagged = place < 5
        if odd:
            value = None if place < 3 else (0 if place < 5 else 100.0 * (place - 6))
            label = [None, "", "null", "a" * 50, "a" * 50][place % 5]
            is_flagged = True
        channel = "app" if place in (2, 9) else "web"
        rows += at(
            day + place * HOUR,
            1,
            HOUR,
            value=value,
            label=label,
            is_flagged=is_flagged,
            channel=channel,
        )
    return rows


def typical_days(odd: bool) -> list[Row]:
    """Twenty days of which the last is odd, or not."""
    days = [midnight(ANCHOR) - place * DAY for place in range(20, 0, -1)]
    return [row for day in days for row in typical_day(day, odd and day == days[-1])]


def weekdays(last: int, weeks: int = 14) -> list[Row]:
    """Weeks of six rows a weekday at two in the afternoon and one row a weekend day."""
    first = midnight(ANCHOR) - 7 * weeks * DAY
    days = [first + place * DAY for place in range(7 * weeks)]
    counts = [6 if day.weekday() < 5 else 1 for day in days]
    counts[-1] = last
    return [
        row for day, n in zip(days, counts, strict=True) for row in at(day + 14 * HOUR, n, HOUR)
    ]


def afternoons(last_at_two: int) -> list[Row]:
    """Twenty days of two rows an hour from noon on; the last day's two o'clock is given."""
    rows: list[Row] = []
    for place in range(20, 0, -1):
        for hour in range(12, 24):
            count = last_at_two if (place, hour) == (1, 14) else 2
            rows += at(midnight(ANCHOR) - place * DAY + hour * HOUR, count, HOUR)
    return rows


def periodic(starts: Sequence[datetime], last: int) -> list[Row]:
    """Three rows on the given days, and `last` on the last."""
    counts = [3] * (len(starts) - 1) + [last]
    return [row for start, n in zip(starts, counts, strict=True) for row in at(start, n, DAY)]


MONDAYS = [datetime(2024, 3, 4) - 7 * place * DAY for place in range(14, -1, -1)]
SUNDAYS = [monday + 6 * DAY for monday in MONDAYS]
FIRSTS = [datetime(2023 + place // 12, place % 12 + 1, 1) for place in range(14)]

SERIES: dict[str, list[Row]] = {
    "steady": daily(MONTH),
    "spike": daily(except_on(MONTH, {1: 60})),
    "drop": daily(except_on(MONTH, {1: 0})),
    "old_spike": daily(except_on(MONTH, {5: 60})),
    "batch_spike": daily(MONTH) + at(midnight(ANCHOR) - DAY, 60, DAY, channel="batch"),
    "two_spikes": daily(except_on(MONTH, {1: 60, 2: 60})),
    "masked_spike": daily(except_on(MONTH, {10: 90, 1: 60})),
    "mild_spike": daily([10] * 29 + [13]),
    "mild_drop": daily([10] * 29 + [7]),
    "gaps": daily([10, 0] * 15),
    "weekdays": weekdays(6),
    "weekdays_drop": weekdays(1),
    "afternoons": afternoons(2),
    "afternoons_drop": afternoons(0),
    "weekly": periodic(MONDAYS, 3),
    "weekly_spike": periodic(MONDAYS, 30),
    "sundays_spike": periodic(SUNDAYS, 30),
    "monthly": periodic(FIRSTS, 3),
    "monthly_spike": periodic(FIRSTS, 30),
    "steady_now": daily([*MONTH, 10, 10], end=NOW + 2 * DAY),
    "spike_now": daily([*except_on(MONTH, {1: 60}), 10, 10], end=NOW + 2 * DAY),
    "updates": hours([(30, 30)], 6),
    "updates_stalled": hours([(30, 28.25)], 6),
    "updates_faster": hours([(30, 29)], 6) + hours([(1, 1)], 1),
    "events_late": daily(MONTH[1:])[:-10] + at(midnight(ANCHOR) - DAY, 10, DAY, lag=9000),
    "events_early": daily(MONTH, lag=600)[:-11] + at(midnight(ANCHOR) - DAY, 11, DAY, lag=1),
    "typical": typical_days(odd=False),
    "odd": typical_days(odd=True),
    "channels": daily([8] * 30) + daily([2] * 30, channel="app"),
    "channel_gone": daily([8] * 30) + daily([2] * 29 + [0], channel="app"),
    "channel_spike": daily([8] * 30) + daily([2] * 29 + [9], channel="app"),
    "channel_new": daily([8] * 30) + daily([0] * 29 + [9], channel="app"),
}
TABLES: dict[str, str] = {
    "payments": model(PAYMENT_COLUMNS, PAYMENTS),
    "broken_payments": model(PAYMENT_COLUMNS, BROKEN_PAYMENTS),
    "few_payments": model(PAYMENT_COLUMNS, PAYMENTS[:4]),
    "two_times_payments": model(PAYMENT_COLUMNS, PAYMENTS * 2),
    "steps": model({"lane": "varchar(9)", "place": "integer", "step": "integer"}, STEPS),
    "recent": model({"lane": "varchar(9)", "seen_at": "timestamp"}, RECENT),
    "future": model({"lane": "varchar(9)", "seen_at": "timestamp"}, FUTURE),
    "no_payments": "select * from {{ ref('payments') }} where 1 = 0\n",
    **{name: model(SERIES_COLUMNS, rows) for name, rows in SERIES.items()},
    "spike_configured": "select * from {{ ref('spike') }}\n",
}

# What a baseline declares, against a table of lane varchar, place integer, fee decimal(18, 2).
LANE = {"name": "lane", "data_type": "text"}
PLACE = {"name": "Place", "data_type": "int"}
FEE = {"name": "fee", "data_type": "decimal(18,2)"}
DECLARED: dict[str, list[dict[str, str]]] = {
    "baseline_kept": [LANE, PLACE, FEE],
    "baseline_untyped": [LANE, {"name": "place"}, FEE],
    "baseline_respelled": [LANE, PLACE, {"name": "FEE", "data_type": "numeric(18, 2)"}],
    "baseline_added": [LANE, FEE],
    "baseline_removed": [LANE, PLACE, FEE, {"name": "gone", "data_type": "text"}],
    "baseline_type_changed": [LANE, {"name": "place", "data_type": "bigint"}, FEE],
    "baseline_precision_changed": [LANE, PLACE, {"name": "fee", "data_type": "decimal(18,3)"}],
}
TABLES |= dict.fromkeys(
    DECLARED, model({"lane": "varchar", "place": "integer", "fee": "decimal(18, 2)"}, [("a", 1, 2)])
)
CONFIG: dict[str, dict[str, object]] = {
    "spike_configured": {
        "meta": {"elementary": {"timestamp_column": "seen_at", "anomaly_sensitivity": 3}}
    },
}
SOURCES = ["steady", "spike", "baseline_kept", "baseline_removed"]
