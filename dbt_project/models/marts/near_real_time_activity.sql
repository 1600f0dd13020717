{{ config(materialized='view') }}

with transactions as (
    select * from {{ ref('fct_transactions') }}
),

alerts as (
    select * from {{ ref('fct_fraud_alerts') }}
),

latest as (
    select {{ dbt.date_trunc('minute', 'max(transaction_at)') }} as minute_at
    from transactions
),

last_hour as (
    select
        {{ dbt.date_trunc('minute', 'transactions.transaction_at') }} as minute_at,
        transactions.transaction_id,
        transactions.customer_id,
        transactions.terminal_id,
        transactions.reporting_amount
    from transactions
    cross join latest
    where transactions.transaction_at >= {{ sentinel.seconds_later('latest.minute_at', -59 * 60) }}
),

alerted as (
    select alerts.transaction_id
    from alerts
    cross join latest
    where alerts.transaction_at >= {{ sentinel.seconds_later('latest.minute_at', -59 * 60) }}
        -- The day too: alerts are ranked by day, so only that condition reaches their rows.
        and alerts.alert_date >= cast({{ sentinel.seconds_later('latest.minute_at', -59 * 60) }} as date)
),

final as (
    select
        cast(count(*) as bigint) as transaction_count,
        cast(count(distinct last_hour.customer_id) as bigint) as customer_count,
        cast(count(distinct last_hour.terminal_id) as bigint) as terminal_count,
        cast(count(alerted.transaction_id) as bigint) as alert_count,
        cast(sum(last_hour.reporting_amount) as decimal(18, 2)) as transaction_amount,
        cast(sum(
            case when alerted.transaction_id is not null then last_hour.reporting_amount else 0 end
        ) as decimal(18, 2)) as alert_amount,
        cast(last_hour.minute_at as {{ dbt.type_timestamp() }}) as minute_at
    from last_hour
    left join alerted
        on last_hour.transaction_id = alerted.transaction_id
    group by last_hour.minute_at
)

select * from final
