with measured as (
    select * from {{ source('model_log', 'health') }}
),

ordered as (
    select
        *,
        row_number() over (
            partition by model_version, metric_name, monitored_date order by monitored_at desc
        ) as recency
    from measured
),

final as (
    select
        cast(model_version as {{ dbt.type_string() }}) as model_version,
        cast(metric_name as {{ dbt.type_string() }}) as metric_name,
        cast(transaction_count as bigint) as transaction_count,
        cast(metric_value as {{ sentinel.type_double() }}) as metric_value,
        cast(lower_limit as {{ sentinel.type_double() }}) as lower_limit,
        cast(upper_limit as {{ sentinel.type_double() }}) as upper_limit,
        cast(trained_value as {{ sentinel.type_double() }}) as trained_value,
        is_out_of_limits,
        monitored_date,
        labels_known_date,
        monitored_at
    from ordered
    where recency = 1
)

select * from final
