{#- Select of the rows that the windows of the recomputed transactions can reach: the same
    entities' transactions, from the longest window before the first recomputed one until the last.

    Arguments:
        transactions: CTE with the entity and transaction_at.
        entity: column.
        reach_seconds: longest window, delay included.
        recomputed: CTE with transaction_id; none in a full build, where everything is history. -#}
{% macro history_of_recomputed(transactions, entity, reach_seconds, recomputed=none) %}
    select history.*
    from {{ transactions }} as history
    {%- if recomputed is not none %}
    inner join (
        select
            {{ entity }},
            {{ sentinel.seconds_later('min(transaction_at)', -reach_seconds) }} as from_at,
            max(transaction_at) as to_at
        from {{ transactions }}
        where transaction_id in (select transaction_id from {{ recomputed }})
        group by {{ entity }}
    ) as span
        on history.{{ entity }} = span.{{ entity }}
        and history.transaction_at >= span.from_at
        and history.transaction_at <= span.to_at
    {%- endif %}
{% endmacro %}
