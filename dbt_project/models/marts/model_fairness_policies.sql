with measured as (
    select * from {{ source('model_log', 'fairness_policies') }}
),

ordered as (
    select
        *,
        row_number() over (
            partition by evaluation_id, attribute, policy order by evaluated_at desc
        ) as recency
    from measured
),

-- What the other policy costs is read against the common threshold of the same evaluation.
latest as (
    select
        *,
        max(case when policy = 'common' then alert_count end) over (
            partition by evaluation_id, attribute
        ) as common_alert_count,
        max(case when policy = 'common' then found_fraud_count end) over (
            partition by evaluation_id, attribute
        ) as common_found_fraud_count,
        max(case when policy = 'common' then found_fraud_amount end) over (
            partition by evaluation_id, attribute
        ) as common_found_fraud_amount
    from ordered
    where recency = 1
),

final as (
    select
        cast(evaluation_id as {{ dbt.type_string() }}) as evaluation_id,
        cast(attribute as {{ dbt.type_string() }}) as attribute,
        cast(policy as {{ dbt.type_string() }}) as policy,
        cast(alert_count as bigint) as alert_count,
        cast(false_alert_count as bigint) as false_alert_count,
        cast(found_fraud_count as bigint) as found_fraud_count,
        cast(alert_count - common_alert_count as bigint) as added_alert_count,
        cast(found_fraud_count - common_found_fraud_count as bigint) as added_found_fraud_count,
        cast(found_fraud_amount as decimal(18, 2)) as found_fraud_amount,
        cast(found_fraud_amount - common_found_fraud_amount as decimal(18, 2))
            as added_found_fraud_amount,
        cast(false_positive_rate_ratio as {{ sentinel.type_double() }}) as false_positive_rate_ratio,
        cast(recall_gap as {{ sentinel.type_double() }}) as recall_gap,
        evaluated_at
    from latest
)

select * from final
