{{ config(materialized='view') }}

with alerts as (
    select * from {{ ref('fct_fraud_alerts') }}
),

decisions as (
    select distinct alert_id from {{ ref('stg_raw__analyst_decisions') }}
    where decision <> 'undecided'
),

final as (
    select
        alerts.alert_id,
        alerts.transaction_id,
        alerts.customer_id,
        alerts.terminal_id,
        alerts.reasons,
        alerts.score,
        alerts.queue_rank,
        alerts.reporting_amount,
        alerts.queue_priority_amount,
        alerts.queue_rank <= {{ var('alert_daily_capacity') }} as is_within_capacity,
        alerts.alert_date,
        alerts.transaction_at
    from alerts
    left join decisions
        on alerts.alert_id = decisions.alert_id
    where decisions.alert_id is null
)

select * from final
