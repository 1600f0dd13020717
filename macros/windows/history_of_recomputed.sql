{#- Select of the rows that the windows of the recomputed transactions can reach: all transactions of
    the same entities, within the reach of those windows.

    A condition by `in`, not a join with the time span of each entity: DuckDB takes such a join for one
    that multiplies rows, and cuts its windows into parts that cost more than the rows in them.

    Arguments:
        transactions: CTE with transaction_id, the entity and transaction_at.
        entity: column that a row shares with a recomputed transaction.
        recomputed: CTE with transaction_id.
        changes: dictionary from changes_of.
        days_before: how far back from the earliest recomputed transaction the windows reach.
        days_after: how far after the latest change a recomputed transaction can lie. -#}
{% macro history_of_recomputed(transactions, entity, recomputed, changes, days_before, days_after) %}
    select *
    from {{ transactions }}
    where {{ sentinel.in_reach('transaction_at', changes, days_before, days_after) }}
        and {{ entity }} in (
            select {{ entity }} from {{ transactions }}
            where transaction_id in (select transaction_id from {{ recomputed }})
        )
{% endmacro %}
