with decisions as (
    select * from {{ ref('stg_raw__analyst_decisions') }}
),

-- Anomalies are about entities: no payment is judged by what is decided about them.
about_payments as (
    select
        *,
        case
            when alert_id like 'alert-%' then 'alert'
            when alert_id like 'review-%' then 'review'
        end as subject
    from decisions
    where alert_id like 'alert-%' or alert_id like 'review-%'
),

delivered_once as (
    select
        *,
        case subject
            when 'alert' then substring(alert_id, 7)
            else substring(alert_id, 8)
        end as transaction_id,
        row_number() over (
            partition by alert_id, decided_at
            order by _ingested_at desc, _batch_id desc, _position desc
        ) as recency
    from about_payments
),

ordered as (
    select
        *,
        row_number() over (
            partition by alert_id
            order by case when decision = 'undecided' then 0 else 1 end desc, decided_at desc
        ) as place
    from delivered_once
    where recency = 1
),

final as (
    select
        cast(alert_id as {{ dbt.type_string() }}) as alert_id,
        cast(transaction_id as {{ dbt.type_string() }}) as transaction_id,
        cast(subject as {{ dbt.type_string() }}) as subject,
        cast(analyst_token as {{ dbt.type_string() }}) as analyst_token,
        cast(decision as {{ dbt.type_string() }}) as decision,
        cast(reason as {{ dbt.type_string() }}) as reason,
        case decision
            when 'confirmed_fraud' then true
            when 'false_positive' then false
        end as is_fraud,
        place = 1 and decision <> 'undecided' as is_standing,
        decided_at
    from ordered
)

select * from final
