with measured as (
    select * from {{ source('model_log', 'fairness') }}
),

ordered as (
    select
        *,
        row_number() over (
            partition by evaluation_id, attribute, group_name order by evaluated_at desc
        ) as recency
    from measured
),

final as (
    select
        cast(evaluation_id as {{ dbt.type_string() }}) as evaluation_id,
        cast(attribute as {{ dbt.type_string() }}) as attribute,
        cast(group_name as {{ dbt.type_string() }}) as group_name,
        cast(genuine_count as bigint) as genuine_count,
        cast(fraud_count as bigint) as fraud_count,
        cast(false_positive_rate as {{ sentinel.type_double() }}) as false_positive_rate,
        cast(recall as {{ sentinel.type_double() }}) as fraud_recall,
        is_large_enough,
        evaluated_at
    from ordered
    where recency = 1
)

select * from final
