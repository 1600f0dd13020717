"""What was known of a terminal's frauds when a payment was made.

Belongs here: the query. Does not belong here: rates with a fixed delay, which the feature tables
have. Those say how many of a week's payments were fraud a week ago; a terminal whose card data is
stolen is bad from one day on, and good again some weeks later, and what tells is when it began.

A fraud at an amount that is usual for its customer speaks against the terminal. One at an unusual
amount speaks against the card, wherever that was used, and is no reason to suspect who pays there
next.
"""

from collections.abc import Callable
from datetime import date, timedelta

WINDOW_DAYS = 42
"""Six weeks: a fraud that is longer ago says nothing of today."""
USUAL_RATIO = 2
"""Below so many times the mean of the customer's earlier payments of a month an amount is usual."""


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
    history = f"{schema('features')}.feat_transactions_history"
    reach = condition("labelled.transaction_at", start - timedelta(days=WINDOW_DAYS), end)
    return f"""
        with payments as (
            select labelled.transaction_id, labelled.terminal_id, labelled.transaction_at
            from {labelled} as labelled
            where labelled.known_until is null and {reach}
        ),

        frauds as (
            select
                labelled.terminal_id,
                labelled.transaction_at,
                labelled.known_from,
                labelled.known_until,
                case
                    when coalesce(history.amount_to_customer_mean_ratio_30d, 1) < {USUAL_RATIO}
                        then 1
                    else 0
                end as is_usual
            from {labelled} as labelled
            inner join {history} as history
                on labelled.transaction_id = history.transaction_id
            where labelled.is_fraud and {reach}
        ),

        known as (
            select
                payments.transaction_id,
                payments.terminal_id,
                payments.transaction_at,
                count(*) as fraud_count,
                min(frauds.transaction_at) as first_at,
                max(frauds.transaction_at) as latest_at,
                sum(frauds.is_usual) as usual_count
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
            known.usual_count,
            count(*) as transaction_count
        from known
        inner join payments
            on known.terminal_id = payments.terminal_id
            and payments.transaction_at >= known.first_at
            and payments.transaction_at <= known.latest_at
        group by
            known.transaction_id, known.fraud_count, known.transaction_at, known.first_at,
            known.latest_at, known.usual_count
    """
