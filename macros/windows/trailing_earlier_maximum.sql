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


{% macro default__trailing_earlier_maximum(events, entity, expression, name, window_seconds) %}
    select
        asking.transaction_id,
        max(earlier.value) as {{ name }}
    from {{ events }} as asking
    left join (
        select transaction_id, {{ entity }}, transaction_at, {{ expression }} as value
        from {{ events }}
    ) as earlier
        on asking.{{ entity }} = earlier.{{ entity }}
        and earlier.transaction_at > {{ sentinel.seconds_later('asking.transaction_at', -window_seconds) }}
        and (
            earlier.transaction_at < asking.transaction_at
            or (earlier.transaction_at = asking.transaction_at and earlier.transaction_id < asking.transaction_id)
        )
    group by asking.transaction_id
{% endmacro %}


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
