"""What the marts must say, by brute force.

Belongs here: facts, hits, alerts, key figures and rankings, from what `reference` found. Does not
belong here: features.
"""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from tests.support.reference import MONTH, Row, World, observed, rules

ALERT_SCORE_THRESHOLD = 50
ALERT_DAILY_CAPACITY = 100
# How many average transactions draw the rate of few towards the overall rate.
SMOOTHING = 20


@cache
def fact_transactions(world: World) -> list[Row]:
    """fct_transactions: the latest version with the label as known now."""
    rows = []
    for t in world.transactions:
        reports = world.reports_about(t.transaction_id)
        latest = reports[-1] if reports else None
        rows.append(
            {
                "transaction_id": t.transaction_id,
                "customer_id": t.customer_id,
                "terminal_id": t.terminal_id,
                "merchant_id": t.merchant_id,
                "currency": t.currency,
                "channel": t.channel,
                "country_code": t.country_code,
                "merchant_category_code": t.merchant_category_code,
                "label_source": latest and latest.label_source,
                "amount": t.amount,
                "reporting_amount": t.reporting_amount,
                "is_amount_converted": t.is_amount_converted,
                "has_label": latest is not None,
                "is_fraud": latest is not None and latest.is_fraud,
                "transaction_date": t.at.date(),
                "label_available_at": latest and latest.reported_at,
                "transaction_at": t.at,
            }
        )
    return rows


def fact_labels(world: World) -> list[Row]:
    """fct_fraud_labels: every report, and what replaced it when."""
    rows = []
    for transaction_id in sorted({report.transaction_id for report in world.reports}):
        history = world.reports_about(transaction_id)
        for report, following in zip(history, [*history[1:], None], strict=True):
            rows.append(
                {
                    "transaction_id": transaction_id,
                    "label_source": report.label_source,
                    "is_fraud": report.is_fraud,
                    "is_latest_report": following is None,
                    "label_available_at": report.reported_at,
                    "superseded_at": following and following.reported_at,
                }
            )
    return rows


@cache
def rule_hits(world: World) -> list[Row]:
    """fct_rule_hits: an active rule is hit by a value greater than its threshold."""
    rows = []
    for seen in observed(world):
        for rule in rules():
            value, threshold = seen[rule["rule_id"]], float(rule["threshold"])
            if rule["is_active"] == "true" and value is not None and value > threshold:
                rows.append(
                    {
                        "transaction_id": seen["transaction_id"],
                        "customer_id": seen["customer_id"],
                        "terminal_id": seen["terminal_id"],
                        "rule_id": rule["rule_id"],
                        "observed_value": float(value),
                        "threshold": threshold,
                        "weight": int(rule["weight"]),
                        "transaction_at": seen["transaction_at"],
                    }
                )
    return rows


@cache
def alerts(world: World) -> list[Row]:
    """fct_fraud_alerts: hits of one transaction whose weights reach the alert threshold."""
    hits = rule_hits(world)
    rows = []
    for t in world.transactions:
        mine = [hit for hit in hits if hit["transaction_id"] == t.transaction_id]
        weight_sum = sum(hit["weight"] for hit in mine)
        if weight_sum >= ALERT_SCORE_THRESHOLD:
            score = min(weight_sum, 100)
            rows.append(
                {
                    "alert_id": f"alert-{t.transaction_id}",
                    "transaction_id": t.transaction_id,
                    "customer_id": t.customer_id,
                    "terminal_id": t.terminal_id,
                    "reasons": ", ".join(hit["rule_id"] for hit in mine),
                    "score": score,
                    "reporting_amount": t.reporting_amount,
                    "queue_priority_amount": _cents(t.reporting_amount * score / 100),
                    "alert_date": t.at.date(),
                    "transaction_at": t.at,
                }
            )
    for row in rows:
        day = [other for other in rows if other["alert_date"] == row["alert_date"]]
        row["queue_rank"] = 1 + sum(_comes_first(other) < _comes_first(row) for other in day)
    return rows


def _comes_first(alert: Row) -> tuple[Any, ...]:
    return -alert["score"], -alert["reporting_amount"], alert["transaction_id"]


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def alert_queue(world: World) -> list[Row]:
    """alert_queue: alerts that no analyst decided on."""
    decided = {row["alert_id"] for row in world.decisions if row["decision"] != "undecided"}
    columns = ("alert_id", "reasons", "score", "queue_rank", "queue_priority_amount", "alert_date")
    return [
        {name: alert[name] for name in columns}
        | {"is_within_capacity": alert["queue_rank"] <= ALERT_DAILY_CAPACITY}
        for alert in alerts(world)
        if alert["alert_id"] not in decided
    ]


def kpis_daily(world: World) -> list[Row]:
    """fraud_kpis_daily: one row a day from the first to the last transaction."""
    facts = fact_transactions(world)
    rank = {alert["transaction_id"]: alert["queue_rank"] for alert in alerts(world)}
    day = min(row["transaction_date"] for row in facts)
    rows = []
    while day <= max(row["transaction_date"] for row in facts):
        today = [row for row in facts if row["transaction_date"] == day]
        frauds = [row for row in today if row["is_fraud"]]
        alerted = [row for row in today if row["transaction_id"] in rank]
        false_alerts = [row for row in alerted if not row["is_fraud"]]
        reviewed = [r for r in alerted if rank[r["transaction_id"]] <= ALERT_DAILY_CAPACITY]
        caught = [row for row in reviewed if row["is_fraud"]]
        rows.append(
            {
                "transaction_count": len(today),
                "fraud_count": len(frauds),
                "alert_count": len(alerted),
                "false_alert_count": len(false_alerts),
                "reviewed_alert_count": len(reviewed),
                "reviewed_fraud_count": len(caught),
                "transaction_amount": _total(today),
                "fraud_amount": _total(frauds),
                "lost_amount": _total(frauds) - _total(caught),
                "prevented_amount": _total(caught),
                "fraud_rate": _share(len(frauds), len(today)),
                "false_positive_rate": _share(len(false_alerts), len(today) - len(frauds)),
                "alert_precision_at_capacity": _share(len(caught), len(reviewed)),
                "kpi_date": day,
            }
        )
        day += timedelta(days=1)
    return rows


def _total(facts: list[Row]) -> Decimal:
    return sum((row["reporting_amount"] for row in facts), Decimal("0.00"))


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def rule_performance(world: World) -> list[Row]:
    """rule_performance: every rule, judged by the labels as known now."""
    facts = {row["transaction_id"]: row for row in fact_transactions(world)}
    frauds = [row for row in facts.values() if row["is_fraud"]]
    alerted = {alert["transaction_id"] for alert in alerts(world)}
    hits = rule_hits(world)
    rows = []
    for rule in rules():
        hit = [facts[h["transaction_id"]] for h in hits if h["rule_id"] == rule["rule_id"]]
        right = [row for row in hit if row["is_fraud"]]
        rows.append(
            {
                "rule_id": rule["rule_id"],
                "hit_count": len(hit),
                "fraud_hit_count": len(right),
                "fraud_hit_amount": _total(right),
                "hit_precision": _share(len(right), len(hit)),
                "hit_recall": _share(len(right), len(frauds)),
                "amount_recall": _share(float(_total(right)), float(_total(frauds))),
                "alert_share": _share(
                    sum(row["transaction_id"] in alerted for row in hit), len(alerted)
                ),
            }
        )
    return rows


def risk(world: World, entity: str) -> list[Row]:
    """customer_risk and terminal_risk: the last 30 days of data, most suspicious first."""
    alerted = {alert["transaction_id"] for alert in alerts(world)}
    latest_at: datetime = world.transactions[-1].at
    facts = [row for row in fact_transactions(world) if row["transaction_at"] > latest_at - MONTH]
    overall = sum(row["is_fraud"] for row in facts) / len(facts)
    rows = []
    for name in sorted({row[entity] for row in facts}):
        mine = [row for row in facts if row[entity] == name]
        frauds = [row for row in mine if row["is_fraud"]]
        alert_count = sum(row["transaction_id"] in alerted for row in mine)
        smoothed = (len(frauds) + SMOOTHING * overall) / (len(mine) + SMOOTHING)
        rows.append(
            {
                entity: name,
                "transaction_count_30d": len(mine),
                "fraud_count_30d": len(frauds),
                "alert_count_30d": alert_count,
                "amount_30d": _total(mine),
                "fraud_amount_30d": _total(frauds),
                "fraud_rate_30d": len(frauds) / len(mine),
                "smoothed_fraud_rate_30d": smoothed,
                "alert_rate_30d": alert_count / len(mine),
                "last_transaction_at": mine[-1]["transaction_at"],
            }
        )
    rows.sort(
        key=lambda r: (
            -(r["smoothed_fraud_rate_30d"] + 0.1 * r["alert_rate_30d"]),
            -r["fraud_amount_30d"],
            r[entity],
        )
    )
    return [row | {"risk_rank": place} for place, row in enumerate(rows, 1)]
