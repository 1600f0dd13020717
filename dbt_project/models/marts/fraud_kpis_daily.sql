{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='kpi_date',
        tags=['daily_partitioned'],
        post_hook="{{ sentinel.delete_rows(this, 'kpi_date not in (select date_day from ' ~ ref('dim_dates') ~ ')') }}",
    )
}}
{%- set between -%}
    {%- if var('start_date') and var('end_date') -%}
        between cast('{{ var("start_date") }}' as date) and cast('{{ var("end_date") }}' as date)
    {%- else -%}
        is not null
    {%- endif -%}
{%- endset %}

with dates as (
    select date_day from {{ ref('dim_dates') }}
    where date_day {{ between }}
),

transactions as (
    select * from {{ ref('fct_transactions') }}
    where transaction_date {{ between }}
),

alerts as (
    select * from {{ ref('fct_fraud_alerts') }}
    where alert_date {{ between }}
),

judged as (
    select
        transactions.transaction_date,
        transactions.reporting_amount,
        transactions.is_fraud,
        alerts.transaction_id is not null as is_alert,
        coalesce(alerts.queue_rank <= {{ var('alert_daily_capacity') }}, false) as is_within_capacity
    from transactions
    left join alerts
        on transactions.transaction_id = alerts.transaction_id
),

totals as (
    select
        transaction_date,
        count(*) as transaction_count,
        sum(reporting_amount) as transaction_amount,
        sum(case when is_fraud then 1 else 0 end) as fraud_count,
        sum(case when is_fraud then reporting_amount else 0 end) as fraud_amount,
        sum(case when is_fraud and is_within_capacity then reporting_amount else 0 end)
            as prevented_amount,
        sum(case when is_alert then 1 else 0 end) as alert_count,
        sum(case when is_alert and not is_fraud then 1 else 0 end) as false_alert_count,
        sum(case when is_within_capacity then 1 else 0 end) as reviewed_alert_count,
        sum(case when is_within_capacity and is_fraud then 1 else 0 end) as reviewed_fraud_count
    from judged
    group by transaction_date
),

final as (
    select
        cast(coalesce(totals.transaction_count, 0) as bigint) as transaction_count,
        cast(coalesce(totals.fraud_count, 0) as bigint) as fraud_count,
        cast(coalesce(totals.alert_count, 0) as bigint) as alert_count,
        cast(coalesce(totals.false_alert_count, 0) as bigint) as false_alert_count,
        cast(coalesce(totals.reviewed_alert_count, 0) as bigint) as reviewed_alert_count,
        cast(coalesce(totals.reviewed_fraud_count, 0) as bigint) as reviewed_fraud_count,
        cast(coalesce(totals.transaction_amount, 0) as decimal(18, 2)) as transaction_amount,
        cast(coalesce(totals.fraud_amount, 0) as decimal(18, 2)) as fraud_amount,
        cast(coalesce(totals.fraud_amount - totals.prevented_amount, 0) as decimal(18, 2))
            as lost_amount,
        cast(coalesce(totals.prevented_amount, 0) as decimal(18, 2)) as prevented_amount,
        cast(totals.fraud_count as {{ sentinel.type_double() }}) / totals.transaction_count as fraud_rate,
        cast(totals.false_alert_count as {{ sentinel.type_double() }})
            / nullif(totals.transaction_count - totals.fraud_count, 0) as false_positive_rate,
        cast(totals.reviewed_fraud_count as {{ sentinel.type_double() }})
            / nullif(totals.reviewed_alert_count, 0) as alert_precision_at_capacity,
        dates.date_day as kpi_date
    from dates
    left join totals
        on dates.date_day = totals.transaction_date
)

select * from final
