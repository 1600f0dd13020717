{#- Greatest earlier value in a trailing window, the transaction itself not included.

    For a transaction at t: the maximum over the entity's transactions in (t - n, t] that come
    before it in the order (time, transaction_id); null when there is none. A maximum cannot be
    taken back when a row leaves a window, so running sums do not help here.

    Arguments: as for trailing_aggregates; expression may be null. -#}
{% macro trailing_earlier_maximum(events, entity, expression, name, window_seconds) %}
    {{- return(adapter.dispatch('trailing_earlier_maximum', 'sentinel')(
        events, entity, expression, name, window_seconds
    )) -}}
{% endmacro %}


{#- Time is cut into blocks as long as the window. A window that ends at t is then the end of the block
    before, from t - n on, and the beginning of t's own: a running maximum backwards from the end of
    each block, asked for at t - n, and one forwards from its beginning (van Herk 1992; Gil and Werman
    1993). Sorted once each way, however many rows a window holds. -#}
{% macro default__trailing_earlier_maximum(events, entity, expression, name, window_seconds) %}
    {%- set window = window_seconds * 1000000 %}
    {%- set instant = sentinel.epoch_microseconds('transaction_at') %}
    select transaction_id, max(greatest_value) as {{ name }}
    from (
        select
            transaction_id,
            case
                when is_asking = 1 then max(value) over (
                    partition by entity, block_at order by instant desc, is_asking desc, transaction_id
                    rows between unbounded preceding and current row
                )
                else max(value) over (
                    partition by entity, block_at order by is_asking, instant, transaction_id
                    rows between unbounded preceding and 1 preceding
                )
            end as greatest_value
        from (
            select transaction_id, entity, value, instant, 0 as is_asking,
                instant - {{ sentinel.place_in_block('instant', window) }} as block_at
            from (
                select transaction_id, {{ entity }} as entity, {{ expression }} as value, {{ instant }} as instant
                from {{ events }}
            ) as valued
            union all
            select transaction_id, entity, null, instant, 1,
                instant - {{ sentinel.place_in_block('instant', window) }}
            from (
                select transaction_id, {{ entity }} as entity, {{ instant }} - {{ window }} as instant
                from {{ events }}
            ) as asked
        ) as steps
    ) as running
    group by transaction_id
{% endmacro %}


{#- How far an instant lies after the start of its block; the remainder of what lies before 1970 is
    negative. -#}
{% macro place_in_block(instant, window) -%}
    (({{ instant }} % {{ window }} + {{ window }}) % {{ window }})
{%- endmacro %}


{% macro duckdb__trailing_earlier_maximum(events, entity, expression, name, window_seconds) %}
    select
        windowed.transaction_id,
        greatest(windowed.{{ name }}, tied.{{ name }}) as {{ name }}
    from (
        select
            transaction_id,
            max({{ expression }}) over (
                partition by {{ entity }} order by epoch_us(transaction_at)
                range between {{ window_seconds * 1000000 - 1 }} preceding and 1 preceding
            ) as {{ name }}
        from {{ events }}
    ) as windowed
    left join (
        select
            transaction_id,
            max({{ expression }}) over (
                partition by {{ entity }}, transaction_at order by transaction_id
                rows between unbounded preceding and 1 preceding
            ) as {{ name }}
        from {{ events }}
        where ({{ entity }}, transaction_at) in (
            select ({{ entity }}, transaction_at) from {{ events }}
            group by {{ entity }}, transaction_at having count(*) > 1
        )
    ) as tied on windowed.transaction_id = tied.transaction_id
{% endmacro %}
