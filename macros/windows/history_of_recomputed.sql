{#- Select of the rows that the windows of the recomputed transactions can reach: all transactions of
    the same entities, within the reach of those windows.

    A condition by `in`, not a join with the time span of each entity: DuckDB takes such a join for one
    that multiplies rows, and cuts its windows into parts that cost more than the rows in them. The
    entities are chosen by a condition of their own, although it is true of all of them: only then does
    DuckDB expect few, and hand their hashes down to where history is read. With the whole of history
    ten times as long, that is the difference between reading it and computing with it.

    Arguments:
        transactions: select of transactions, without a condition; the text of it, not a CTE, which
            would be computed whole.
        entity: column that a row shares with a recomputed transaction.
        asked: CTE with the recomputed transactions.
        changes: dictionary from changes_of.
        days_before: how far back from the earliest recomputed transaction the windows reach.
        days_after: how far after the latest change a recomputed transaction can lie. -#}
{% macro history_of_recomputed(transactions, entity, asked, changes, days_before, days_after) %}
    {{ transactions }}
    where {{ sentinel.in_reach('transaction_at', changes, days_before, days_after) }}
        and {{ entity }} in (
            select {{ entity }} from {{ asked }}
            where {{ sentinel.in_reach('transaction_at', changes, 0, days_after, is_stored=false) }}
        )
{% endmacro %}
