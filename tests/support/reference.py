"""What the models must say, by brute force: plain loops, straight from docs and definitions.

Belongs here: the latest versions, label histories, features and what the rules observe, each row
computed on its own from all others. Does not belong here: anything clever, and anything taken from
the models; marts are in `reference_marts`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from tests.support.seeds import SeedRow, seed

Row = dict[str, Any]

LABEL_DELAY = timedelta(days=7)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONTH = timedelta(days=30)
WINDOWS = {"1d": DAY, "7d": timedelta(days=7), "30d": MONTH}
SMALL_AMOUNT = 5
EARTH_RADIUS_KM = 6371


@dataclass(frozen=True)
class Delivery:
    """One batch as it was delivered."""

    dataset: str
    batch_id: str
    received_at: datetime
    rows: Sequence[Row]


@dataclass(frozen=True)
class Transaction:
    """A transaction in its latest version, with its terminal's record at its time."""

    transaction_id: str
    customer_id: str
    terminal_id: str
    at: datetime
    amount: Decimal
    reporting_amount: Decimal
    is_amount_converted: bool
    currency: str | None
    channel: str | None
    country_code: str | None
    merchant_category_code: str | None
    merchant_id: str | None
    place: tuple[Decimal, Decimal] | None

    @property
    def order(self) -> tuple[datetime, str]:
        """Equal times are ordered by transaction_id."""
        return self.at, self.transaction_id


@dataclass(frozen=True)
class Report:
    """A report about a transaction, as delivered last."""

    transaction_id: str
    label_source: str
    reported_at: datetime
    is_fraud: bool


class World:
    """Everything that a number of deliveries says."""

    def __init__(self, deliveries: Iterable[Delivery]) -> None:
        deliveries = list(deliveries)
        self.terminals = list(_latest(deliveries, "terminals", "terminal_id", "updated_at"))
        self.decisions = [
            row for each in deliveries if each.dataset == "analyst_decisions" for row in each.rows
        ]
        self.transactions = sorted(
            (
                self._transaction(row)
                for row in _latest(deliveries, "transactions", "transaction_id")
            ),
            key=lambda each: each.order,
        )
        self.reports = sorted(
            (
                Report(r["transaction_id"], r["label_source"], r["reported_at"], r["is_fraud"])
                for r in _latest(
                    deliveries, "fraud_labels", "transaction_id", "label_source", "reported_at"
                )
            ),
            # Of two reports at one instant the later source name holds.
            key=lambda each: (each.transaction_id, each.reported_at, each.label_source),
        )
        self._reports_about: dict[str, list[Report]] = {}
        for report in self.reports:
            self._reports_about.setdefault(report.transaction_id, []).append(report)

    def reports_about(self, transaction_id: str) -> list[Report]:
        """Its label history, in order."""
        return self._reports_about.get(transaction_id, [])

    def is_known_fraud(self, transaction: Transaction, at: datetime) -> bool:
        """Whether the latest report by then says fraud."""
        known = [r for r in self.reports_about(transaction.transaction_id) if r.reported_at <= at]
        return bool(known) and known[-1].is_fraud

    def _transaction(self, row: Row) -> Transaction:
        terminal = self._terminal_at(row["terminal_id"], row["transaction_at"])
        amount = Decimal(str(row["amount"]))
        reporting_amount, is_converted = _converted(amount, row.get("currency"))
        place = (terminal.get("latitude"), terminal.get("longitude"))
        return Transaction(
            transaction_id=row["transaction_id"],
            customer_id=row["customer_id"],
            terminal_id=row["terminal_id"],
            at=row["transaction_at"],
            amount=_cents(Decimal(str(row["amount"]))),
            reporting_amount=reporting_amount,
            is_amount_converted=is_converted,
            currency=row.get("currency"),
            channel=row.get("channel"),
            country_code=row.get("country_code") or terminal.get("country_code"),
            merchant_category_code=row.get("merchant_category_code")
            or terminal.get("merchant_category_code"),
            merchant_id=terminal.get("merchant_id"),
            place=None if None in place else tuple(round(Decimal(str(p)), 6) for p in place),
        )

    def _terminal_at(self, terminal_id: str, at: datetime) -> Row:
        versions = sorted(
            (row for row in self.terminals if row["terminal_id"] == terminal_id),
            key=lambda row: row["updated_at"],
        )
        # What came before the first known version is best described by it.
        by_then = [row for row in versions if row["updated_at"] <= at] or versions[:1]
        return by_then[-1] if by_then else {}


def _latest(deliveries: Iterable[Delivery], dataset: str, *key: str) -> Iterable[Row]:
    """The winning version of each key: greatest ingestion time, then batch, then position."""
    winners: dict[tuple[Any, ...], tuple[tuple[Any, ...], Row]] = {}
    for delivery in deliveries:
        if delivery.dataset == dataset:
            for position, row in enumerate(delivery.rows):
                ingested_at = row.get("_ingested_at") or delivery.received_at
                rank = (ingested_at, delivery.batch_id, position)
                name = tuple(row[column] for column in key)
                if name not in winners or rank > winners[name][0]:
                    winners[name] = (rank, row)
    return [row for _, row in winners.values()]


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _converted(amount: Decimal, currency: str | None) -> tuple[Decimal, bool]:
    rates = {row["currency_code"]: Decimal(row["euros_per_unit"]) for row in seed("exchange_rates")}
    if currency is None:
        return _cents(amount), True
    return _cents(amount * rates.get(currency, 1)), currency in rates


def distance_km(here: tuple[Decimal, Decimal], there: tuple[Decimal, Decimal]) -> float:
    """Great-circle distance, as the angle between the two places' vectors."""
    a, b = (
        (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))
        for lat, lon in ((math.radians(p[0]), math.radians(p[1])) for p in (here, there))
    )
    cross = (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return EARTH_RADIUS_KM * math.atan2(math.hypot(*cross), dot)


@cache
def features(world: World) -> list[Row]:
    """feat_transactions: version 1, the published baseline."""
    return [_features(world, each) for each in world.transactions]


def _features(world: World, t: Transaction) -> Row:
    row: Row = {
        "transaction_id": t.transaction_id,
        "customer_id": t.customer_id,
        "terminal_id": t.terminal_id,
    }
    for name, window in WINDOWS.items():
        mine = _up_to(t, window, [o for o in world.transactions if o.customer_id == t.customer_id])
        row[f"customer_transaction_count_{name}"] = len(mine)
        row[f"customer_amount_mean_{name}"] = float(
            Fraction(sum(o.reporting_amount for o in mine)) / len(mine)
        )
        at_terminal = [o for o in world.transactions if o.terminal_id == t.terminal_id]
        seen = _delayed(t, window, at_terminal)
        frauds = [o for o in seen if world.is_known_fraud(o, t.at)]
        row[f"terminal_transaction_count_{name}_delay_7d"] = len(seen)
        row[f"terminal_fraud_rate_{name}_delay_7d"] = len(frauds) / len(seen) if seen else 0.0
    row["is_weekend"] = t.at.weekday() in (5, 6)
    row["is_night"] = t.at.hour <= 6
    row["transaction_at"] = t.at
    return row


def _up_to(t: Transaction, window: timedelta, others: list[Transaction]) -> list[Transaction]:
    """Those in (t - window, t], none after t in the order of time and transaction_id."""
    return [o for o in others if t.at - window < o.at and o.order <= t.order]


def _delayed(t: Transaction, window: timedelta, others: list[Transaction]) -> list[Transaction]:
    """Those in (t - delay - window, t - delay]."""
    end = t.at - LABEL_DELAY
    return [o for o in others if end - window < o.at <= end]


@cache
def history(world: World) -> list[Row]:
    """feat_transactions_history: version 2, point-in-time history."""
    return [_history(world, each) for each in world.transactions]


def _history(world: World, t: Transaction) -> Row:
    same_customer = [o for o in world.transactions if o.customer_id == t.customer_id]
    same_terminal = [o for o in world.transactions if o.terminal_id == t.terminal_id]
    earlier = [o for o in _up_to(t, MONTH, same_customer) if o is not t]
    here_before = [o for o in earlier if o.terminal_id == t.terminal_id]
    amount, amounts = Fraction(t.reporting_amount), [Fraction(o.reporting_amount) for o in earlier]
    mean = sum(amounts) / len(amounts) if amounts else None
    variance = (
        sum((a - mean) ** 2 for a in amounts) / (len(amounts) - 1) if len(amounts) > 1 else None
    )
    stddev = None if variance is None else math.sqrt(variance)
    located = [o for o in earlier if o.place]
    last_seen = located[-1] if located and t.place else None
    distance = distance_km(last_seen.place, t.place) if last_seen else None
    usual = [sum(o.place[i] for o in located) / len(located) for i in (0, 1)] if located else None
    return {
        "transaction_id": t.transaction_id,
        "customer_id": t.customer_id,
        "terminal_id": t.terminal_id,
        "customer_earlier_transaction_count_30d": len(earlier),
        "customer_earlier_amount_mean_30d": None if mean is None else float(mean),
        "customer_earlier_amount_stddev_30d": stddev,
        "customer_earlier_amount_max_30d": max((o.reporting_amount for o in earlier), default=None),
        "amount_to_customer_mean_ratio_30d": float(amount / mean) if mean else None,
        "amount_deviation_from_customer_mean_30d": (
            float(amount - mean) / stddev if stddev else None
        ),
        "customer_small_amount_count_1h": sum(
            o.reporting_amount < SMALL_AMOUNT for o in _up_to(t, HOUR, same_customer)
        ),
        "customer_seconds_since_previous": _seconds(earlier[-1], t) if earlier else None,
        "customer_distance_from_previous_km": distance,
        "customer_speed_from_previous_km_per_hour": None
        if last_seen is None
        else distance / max(_seconds(last_seen, t), 1) * 3600,
        "customer_distance_from_usual_km_30d": distance_km(tuple(usual), t.place)
        if usual and t.place
        else None,
        "customer_terminal_earlier_count_30d": len(here_before),
        "customer_fraud_count_30d_delay_7d": sum(
            world.is_known_fraud(o, t.at) for o in _delayed(t, MONTH, same_customer)
        ),
        "terminal_transaction_count_1d": len(_up_to(t, DAY, same_terminal)),
        "terminal_transaction_count_7d": len(_up_to(t, WINDOWS["7d"], same_terminal)),
        "is_first_terminal_use_30d": not here_before,
        "transaction_at": t.at,
    }


def _seconds(earlier: Transaction, later: Transaction) -> int:
    return int((later.at - earlier.at).total_seconds())


@cache
def observed(world: World) -> list[Row]:
    """int_transactions__rules_observed: what each rule sees, None where it does not apply."""
    risk_of_country = _risk_scores("country_risk", "country_code")
    risk_of_category = _risk_scores("merchant_category_codes", "merchant_category_code")
    return [
        _observed(t, f, h, risk_of_country, risk_of_category)
        for t, f, h in zip(world.transactions, features(world), history(world), strict=True)
    ]


def _risk_scores(name: str, key: str) -> dict[str | None, int]:
    return {row[key]: int(row["risk_score"]) for row in seed(name)}


def _observed(
    t: Transaction, f: Row, h: Row, countries: dict[Any, int], categories: dict[Any, int]
) -> Row:
    amount = float(t.reporting_amount)
    is_known_customer = h["customer_earlier_transaction_count_30d"] >= 5
    is_card_used = t.channel in ("card_present", "atm")
    has_rate = f["terminal_transaction_count_30d_delay_7d"] >= 5
    has_travelled = is_card_used and (h["customer_distance_from_previous_km"] or 0) >= 100
    is_night_purchase = f["is_night"] and t.channel == "card_not_present"
    is_new_place = h["is_first_terminal_use_30d"] and is_known_customer
    week = h["terminal_transaction_count_7d"]
    return {
        "transaction_id": t.transaction_id,
        "customer_id": t.customer_id,
        "terminal_id": t.terminal_id,
        "amount_over_limit": amount,
        "amount_above_customer_mean": h["amount_to_customer_mean_ratio_30d"]
        if is_known_customer
        else None,
        "small_amount_burst": h["customer_small_amount_count_1h"]
        if amount < SMALL_AMOUNT
        else None,
        "terminal_recent_fraud_rate": f["terminal_fraud_rate_30d_delay_7d"] if has_rate else None,
        "impossible_travel": h["customer_speed_from_previous_km_per_hour"]
        if has_travelled
        else None,
        "night_card_not_present": amount if is_night_purchase else None,
        "first_terminal_large_amount": amount if is_new_place else None,
        "high_risk_country": countries.get(t.country_code),
        "high_risk_merchant": categories.get(t.merchant_category_code) if amount >= 100 else None,
        "customer_recent_fraud": h["customer_fraud_count_30d_delay_7d"],
        "terminal_volume_spike": h["terminal_transaction_count_1d"] * 7 / week
        if week >= 14
        else None,
        "far_from_usual_place": h["customer_distance_from_usual_km_30d"] if is_card_used else None,
        "reporting_amount": t.reporting_amount,
        "transaction_at": t.at,
    }


def rules() -> list[SeedRow]:
    """The fraud rules with their thresholds, in their order."""
    return seed("fraud_rules")
