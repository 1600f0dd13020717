"""What the models must say about activity by hour, by brute force.

Belongs here: what happened in each hour at each terminal, in each country and merchant category,
and which of that is unusual. Does not belong here: anything about single transactions, which is in
`reference`.
"""

import math
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from statistics import stdev

from tests.support.reference import HOUR, Row, Transaction, World

BASELINE_WEEKS = 8
MINIMUM_WEEKS = 4
DEVIATIONS = 5
MINIMUM_TRANSACTIONS = 5
MINIMUM_EXPECTED_TRANSACTIONS = 30
REPORT_DAYS = 7
MINIMUM_REPORTS = 3
EXPOSED_DAYS = 28
PRIOR_TRANSACTIONS = 20
WEEK = timedelta(days=7)


@cache
def activity_hours(world: World) -> list[Row]:
    """int_activity_hours__observed: one row for each entity and hour that is not empty."""
    cells: dict[tuple[str, str, datetime], Row] = {}

    def cell(kind: str, name: str, at: datetime) -> Row:
        hour = at - timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
        return cells.setdefault(
            (kind, name, hour),
            {
                "entity_kind": kind,
                "entity_id": name,
                "transaction_count": 0,
                "transaction_amount": Decimal("0.00"),
                "fraud_report_count": 0,
                "hour_at": hour,
            },
        )

    for t in world.transactions:
        known_at = known_as_fraud_at(world, t)
        for kind, name in entities(t):
            row = cell(kind, name, t.at)
            row["transaction_count"] += 1
            row["transaction_amount"] += t.reporting_amount
            if known_at is not None:
                cell(kind, name, known_at)["fraud_report_count"] += 1
    return [cells[key] for key in sorted(cells)]


def entities(t: Transaction) -> list[tuple[str, str]]:
    """What a transaction is activity of; an unknown country or category is none."""
    names = {
        "country": t.country_code,
        "merchant_category": t.merchant_category_code,
        "terminal": t.terminal_id,
    }
    return [(kind, name) for kind, name in names.items() if name is not None]


def known_as_fraud_at(world: World, t: Transaction) -> datetime | None:
    """The first hour at whose end the latest report by then says fraud; none if there is none."""
    for report in world.reports_about(t.transaction_id):
        hour = report.reported_at.replace(minute=0, second=0, microsecond=0)
        if world.is_known_fraud(t, hour + HOUR - timedelta(microseconds=1)):
            return hour
    return None


def anomalies(hours: list[Row]) -> list[Row]:
    """fct_activity_anomalies, by docs/anomalies.md: every hour of an entity is looked at that has a
    row, or would have one if it were like an earlier week.
    """
    busy = [row["hour_at"] for row in hours if row["transaction_count"]]
    found = []
    for name in sorted({(row["entity_kind"], row["entity_id"]) for row in hours}):
        own = {r["hour_at"]: r for r in hours if (r["entity_kind"], r["entity_id"]) == name}
        weeks_later = {at + WEEK * n for at in own for n in range(BASELINE_WEEKS + 1)}
        for at in sorted(weeks_later):
            for judged in (_volume(own, at, max(busy)), _amount(own, at), _rate(own, at, hours)):
                if judged:
                    found.append(_anomaly(name, at, judged))
    return found


def _anomaly(name: tuple[str, str], at: datetime, judged: Row) -> Row:
    spread = judged.pop("spread")
    sign = 1 if judged["direction"] == "above" else -1
    labels = (judged["anomaly_kind"], judged["direction"], *name, at.date().isoformat())
    return judged | {
        "alert_id": "-".join(("anomaly", *labels)),
        "entity_kind": name[0],
        "entity_id": name[1],
        "threshold": judged["expected_value"] + sign * DEVIATIONS * spread,
        "severity_score": sign * (judged["observed_value"] - judged["expected_value"]) / spread,
        "alert_date": at.date(),
        "hour_at": at,
    }


def _judged(
    kind: str, observed: float, expected: float, spread: float, events: int, weeks: int
) -> Row:
    return {
        "anomaly_kind": kind,
        "direction": "above" if observed > expected else "below",
        "event_count": events,
        "baseline_week_count": weeks,
        "observed_value": observed,
        "expected_value": expected,
        "spread": spread,
    }


def _same_hours(own: dict[datetime, Row], at: datetime, column: str) -> list[float]:
    """What the same hour of the weeks before held, from the first activity on; nothing is 0."""
    weeks = [at - WEEK * n for n in range(1, BASELINE_WEEKS + 1)]
    return [float(own[week][column]) if week in own else 0.0 for week in weeks if week >= min(own)]


def _volume(own: dict[datetime, Row], at: datetime, latest: datetime) -> Row | None:
    sample = _same_hours(own, at, "transaction_count")
    if len(sample) < MINIMUM_WEEKS:
        return None
    count = own[at]["transaction_count"] if at in own else 0
    mean = sum(sample) / len(sample)
    widening = math.sqrt(1 + 1 / len(sample))
    spread = max(stdev(sample), math.sqrt(mean), 1) * widening
    is_above = count >= MINIMUM_TRANSACTIONS and count > mean + DEVIATIONS * spread
    is_below = mean >= MINIMUM_EXPECTED_TRANSACTIONS and count < mean - DEVIATIONS * spread
    if is_above or (is_below and at < latest):
        return _judged("volume", float(count), mean, spread, count, len(sample))
    return None


def _amount(own: dict[datetime, Row], at: datetime) -> Row | None:
    sample = _same_hours(own, at, "transaction_amount")
    counts = _same_hours(own, at, "transaction_count")
    days = _days(own, at, BASELINE_WEEKS * 7, 0)
    usual = sum(row["transaction_count"] for row in days)
    if len(sample) < MINIMUM_WEEKS or not usual or at not in own:
        return None
    each = float(sum(row["transaction_amount"] for row in days)) / usual
    mean, count = sum(sample) / len(sample), own[at]["transaction_count"]
    widening = math.sqrt(1 + 1 / len(sample))
    chance = each * math.sqrt(2 * max(sum(counts) / len(counts), 1))
    spread = max(stdev(sample), chance) * widening
    amount = float(own[at]["transaction_amount"])
    if each and count >= MINIMUM_TRANSACTIONS and amount > mean + DEVIATIONS * spread:
        return _judged("amount", amount, mean, spread, count, len(sample))
    return None


def _days(own: dict[datetime, Row], at: datetime, first: int, last: int) -> list[Row]:
    """Rows of the whole days from `first` days before that of `at` until before `last` days."""
    day = at.date()
    return [r for h, r in own.items() if last < (day - h.date()).days <= first]


def _rate(own: dict[datetime, Row], at: datetime, hours: list[Row]) -> Row | None:
    if at not in own or not own[at]["fraud_report_count"]:
        return None
    window = timedelta(days=REPORT_DAYS)
    reports = sum(r["fraud_report_count"] for h, r in own.items() if at - window < h <= at)
    exposed = sum(r["transaction_count"] for r in _days(own, at, EXPOSED_DAYS, 0))
    length = BASELINE_WEEKS * 7
    # Every transaction has a terminal.
    overall = [
        r
        for r in hours
        if r["entity_kind"] == "terminal"
        and REPORT_DAYS < (at.date() - r["hour_at"].date()).days <= REPORT_DAYS + length
    ]
    overall_count = sum(r["transaction_count"] for r in overall)
    days = min(length, (at.date() - min(own).date()).days - REPORT_DAYS)
    if reports < MINIMUM_REPORTS or not exposed or not overall_count or days < MINIMUM_WEEKS * 7:
        return None
    baseline = _days(own, at, REPORT_DAYS + length, REPORT_DAYS)
    share = sum(r["fraud_report_count"] for r in overall) / overall_count
    smoothed = (sum(r["fraud_report_count"] for r in baseline) + PRIOR_TRANSACTIONS * share) / (
        sum(r["transaction_count"] for r in baseline) + PRIOR_TRANSACTIONS
    )
    expected = smoothed * exposed * REPORT_DAYS / EXPOSED_DAYS
    daily: Counter[date] = Counter()
    for row in baseline:
        daily[row["hour_at"].date()] += row["fraud_report_count"]
    series = [*daily.values(), *[0] * (days - len(daily))]
    chance = max(expected, REPORT_DAYS * stdev(series) ** 2) * (1 + REPORT_DAYS / days)
    spread = max(math.sqrt(chance), 0.5)
    if reports <= expected + DEVIATIONS * spread:
        return None
    return _judged(
        "fraud_rate", reports / exposed, expected / exposed, spread / exposed, reports, days // 7
    )
