{#- Select of the rows that the windows of the recomputed transactions can reach: all transactions of
    the same entities. How far back is for the CTE to say, by `in_reach`.

    A condition by `in`, not a join with the time span of each entity: DuckDB takes such a join for one
    that multiplies rows, and cuts its windows into parts that cost more than the rows in them.

    Arguments:
        transactions: CTE with transaction_id and the entities.
        entities: list of columns: rows that share one of them with a recomputed transaction.
        recomputed: CTE with transaction_id; none in a full build, where everything is history. -#}
{% macro history_of_recomputed(transactions, entities, recomputed=none) %}
    select *
    from {{ transactions }}
    {%- if recomputed is not none %}
    {%- for entity in entities %}
    {{ 'where' if loop.first else 'or' }} {{ entity }} in (
        select {{ entity }} from {{ transactions }}
        where transaction_id in (select transaction_id from {{ recomputed }})
    )
    {%- endfor %}
    {%- endif %}
{% endmacro %}
