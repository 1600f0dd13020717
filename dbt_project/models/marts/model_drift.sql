with measured as (
    select * from {{ source('model_log', 'drift') }}
),

ordered as (
    select
        *,
        row_number() over (
            partition by model_version, input_name, monitored_date order by monitored_at desc
        ) as recency
    from measured
),

final as (
    select
        cast(model_version as {{ dbt.type_string() }}) as model_version,
        cast(input_name as {{ dbt.type_string() }}) as input_name,
        cast(transaction_count as bigint) as transaction_count,
        cast(population_stability_index as {{ sentinel.type_double() }}) as population_stability_index,
        cast(kolmogorov_smirnov_distance as {{ sentinel.type_double() }}) as kolmogorov_smirnov_distance,
        cast(stability_limit as {{ sentinel.type_double() }}) as stability_limit,
        cast(distance_limit as {{ sentinel.type_double() }}) as distance_limit,
        is_drifted,
        monitored_date,
        monitored_at
    from ordered
    where recency = 1
)

select * from final
