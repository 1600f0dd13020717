"""What was known of a terminal's frauds when a payment was made.

Belongs here: the query. Does not belong here: rates with a fixed delay, which the feature tables
have. Those say how many of a week's payments were fraud a week ago; a terminal whose card data is
stolen is bad from one day on, and good again some weeks later, and what tells is when it began.
"""

from collections.abc import Callable
from datetime import date, timedelta

WINDOW_DAYS = 42
"""Six weeks: a fraud that is longer ago says nothing of today."""


def known_frauds_sql(
    schema: Callable[[str], str], condition: Callable[[str, date, date], str],
    start: date, end: date,
) -> str:  # fmt: skip
    """One row for each payment of a terminal with a known fraud in the six weeks before.

    A fraud is known at a payment if the latest report by then says so. Frauds and payments at the
    time of the payment itself and later do not count.

    Args:
        schema: gives a schema's name in this warehouse.
        condition: SQL for a column of times that lies in a stretch of days.
        start: first day of the payments.
        end: first day after the last.
    """
    labelled = f"{schema('intermediate')}.int_transactions__labelled"
    reach = condition("transaction_at", start - timedelta(days=WINDOW_DAYS), end)
    return f"""
        with payments as (
            select transaction_id, terminal_id, transaction_at
            from {labelled}
            where known_until is null and {reach}
        ),

        frauds as (
            select terminal_id, transaction_at, known_from, known_until
            from {labelled}
            where is_fraud and {reach}
        ),

        known as (
            select
                payments.transaction_id,
                payments.terminal_id,
                payments.transaction_at,
                count(*) as fraud_count,
                min(frauds.transaction_at) as first_at,
                max(frauds.transaction_at) as latest_at
            from payments
            inner join frauds
                on payments.terminal_id = frauds.terminal_id
                and frauds.transaction_at < payments.transaction_at
                and frauds.transaction_at > payments.transaction_at - interval '{WINDOW_DAYS} days'
                and frauds.known_from <= payments.transaction_at
                and (frauds.known_until is null or frauds.known_until > payments.transaction_at)
            where {condition("payments.transaction_at", start, end)}
            group by payments.transaction_id, payments.terminal_id, payments.transaction_at
        )

        select
            known.transaction_id,
            known.fraud_count,
            extract(epoch from known.transaction_at) - extract(epoch from known.first_at)
                as seconds_since_first,
            extract(epoch from known.transaction_at) - extract(epoch from known.latest_at)
                as seconds_since_latest,
            count(*) as transaction_count
        from known
        inner join payments
            on known.terminal_id = payments.terminal_id
            and payments.transaction_at >= known.first_at
            and payments.transaction_at <= known.latest_at
        group by
            known.transaction_id, known.fraud_count, known.transaction_at, known.first_at,
            known.latest_at
    """
