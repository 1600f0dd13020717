{#- Delayed counts of fraud among an entity's transactions, with labels only from when they were
    known.

    For a transaction at t the count over n seconds with delay d is the number of the entity's
    transactions in (t - d - n, t - d] whose latest report by t says fraud. A transaction at e with
    a report that held from a until b therefore counts for t from greatest(e + d, a) until before
    least(e + d + n, b). Each such interval is one step up and one down; a running sum over steps
    and transactions, in one ROWS frame, gives every count.

    Arguments:
        events: CTE with transaction_id, the entity and transaction_at: who asks.
        known_frauds: CTE with the entity, transaction_at, known_from, known_until (null: still):
            the intervals during which a transaction was known as fraud.
        entity: column the counts are kept apart by.
        counts: list of dictionaries with name, window_seconds, delay_seconds.

    Returns a select with transaction_id and one column a count, of those transactions for which
    some count is not 0: fraud is rare, and what has none need not be carried along. -#}
{% macro known_fraud_counts(events, known_frauds, entity, counts) %}
    {%- set nearest = counts | map(attribute='delay_seconds') | min %}
    {%- set ends = [] %}
    {%- for each in counts %}{%- do ends.append(each.delay_seconds + each.window_seconds) %}{%- endfor %}
    {%- set farthest = ends | max %}
    select
        transaction_id
        {%- for each in counts %},
        cast({{ each.name }} as bigint) as {{ each.name }}
        {%- endfor %}
    from (
        select
            transaction_id
            {%- for each in counts %},
            sum(case when counted = {{ loop.index }} then step else 0 end) over (
                partition by {{ entity }}
                order by happens_at, case when counted = 0 then 1 else 0 end, transaction_id
                rows between unbounded preceding and current row
            ) as {{ each.name }}
            {%- endfor %},
            counted
        from (
            select {{ entity }}, transaction_id, transaction_at as happens_at, 0 as counted, 0 as step
            from {{ events }}
            inner join (
                select
                    {{ entity }} as known_entity,
                    {{ sentinel.seconds_later('min(transaction_at)', nearest) }} as from_at,
                    {{ sentinel.seconds_later('max(transaction_at)', farthest) }} as to_at
                from {{ known_frauds }}
                group by {{ entity }}
            ) as reach
                on {{ entity }} = known_entity
                and transaction_at >= from_at
                and transaction_at <= to_at
            union all
            {{ sentinel.steps_of_known_frauds(known_frauds, entity, counts) }}
        ) as steps
    ) as running
    where counted = 0
        and ({% for each in counts %}{{ each.name }} > 0{{ ' or ' if not loop.last }}{% endfor %})
{% endmacro %}
