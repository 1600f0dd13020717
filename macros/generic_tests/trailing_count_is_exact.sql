{#- Counts a trailing window again, row by row, for a sample of transactions, and fails on each
    that differs: a greater count saw the future or another entity, a smaller one has a hole.

    Arguments: count_column, entity, window_days, delay_days, sample_size. -#}
{% test trailing_count_is_exact(model, count_column, entity, window_days, delay_days=0, sample_size=300) %}
    with sampled as (
        {{ sentinel.sampled_transactions(model, sample_size) }}
    ),

    counted as (
        select
            sampled.transaction_id,
            max({{ count_column }}) as stored_count,
            count(events.transaction_id) as exact_count
        from sampled
        left join {{ ref('int_transactions__deduplicated') }} as events
            on sampled.{{ entity }} = events.{{ entity }}
            and events.transaction_at
                > {{ sentinel.seconds_later('sampled.transaction_at', -(window_days + delay_days) * 86400) }}
            and events.transaction_at
                <= {{ sentinel.seconds_later('sampled.transaction_at', -delay_days * 86400) }}
            {%- if not delay_days %}
            and (
                events.transaction_at < sampled.transaction_at
                or events.transaction_id <= sampled.transaction_id
            )
            {%- endif %}
        group by sampled.transaction_id
    )

    select
        *,
        case when stored_count > exact_count then 'saw the future' else 'has a hole' end as fault
    from counted
    where stored_count is null or stored_count <> exact_count
{% endtest %}
