{#- Counts the frauds behind a delayed fraud rate again for a sample of transactions, with labels
    as they were known at each transaction's own time, and fails on each that differs: a greater
    one used a label before it was available.

    Arguments: rate_column, count_column, entity, window_days, delay_days, sample_size. -#}
{% test label_used_only_when_available(
    model, rate_column, count_column, entity, window_days, delay_days, sample_size=300
) %}
    with sampled as (
        -- Rows with a rate are few, and are the ones that can be wrong.
        select * from (
            {{ sentinel.sampled_transactions(model, sample_size) }}
        ) as any_row
        union
        select * from (
            select * from {{ model }}
            where {{ rate_column }} > 0
            order by md5(transaction_id), transaction_id
            limit {{ sample_size }}
        ) as rated_row
    ),

    counted as (
        select
            sampled.transaction_id,
            max({{ rate_column }} * {{ count_column }}) as stored_count,
            count(labels.transaction_id) as exact_count
        from sampled
        left join {{ ref('int_transactions__deduplicated') }} as events
            on sampled.{{ entity }} = events.{{ entity }}
            and events.transaction_at
                > {{ sentinel.seconds_later('sampled.transaction_at', -(window_days + delay_days) * 86400) }}
            and events.transaction_at
                <= {{ sentinel.seconds_later('sampled.transaction_at', -delay_days * 86400) }}
        left join {{ ref('int_fraud_labels__deduplicated') }} as labels
            on events.transaction_id = labels.transaction_id
            and labels.is_fraud
            and labels.known_from <= sampled.transaction_at
            and coalesce(labels.known_until, cast('9999-12-31' as timestamp)) > sampled.transaction_at
        group by sampled.transaction_id
    )

    select
        *,
        case
            when stored_count > exact_count then 'used a label before it was available'
            else 'missed a label'
        end as fault
    from counted
    where stored_count is null or abs(stored_count - exact_count) > 0.000001
{% endtest %}
