{{ config(materialized='view') }}

with transactions as (
    select transaction_id, customer_id, terminal_id, reporting_amount, transaction_date, transaction_at
    from {{ ref('fct_transactions') }}
    where {{ sentinel.in_hashed_share('transaction_id', "'review'", sentinel.hash_bound(var('review_share'))) }}
),

alerts as (
    select transaction_id from {{ ref('explained_alerts') }}
),

decisions as (
    select alert_id from {{ ref('fct_analyst_decisions') }}
    where is_standing
),

picked as (
    select
        cast('review-' || transactions.transaction_id as {{ dbt.type_string() }}) as alert_id,
        transactions.*
    from transactions
    left join alerts
        on transactions.transaction_id = alerts.transaction_id
    where alerts.transaction_id is null
),

-- Nothing that makes it look suspicious or not: who reviews it shall not know more than chance did.
final as (
    select
        picked.alert_id,
        picked.transaction_id,
        picked.customer_id,
        picked.terminal_id,
        picked.reporting_amount,
        picked.transaction_date,
        picked.transaction_at
    from picked
    left join decisions
        on picked.alert_id = decisions.alert_id
    where decisions.alert_id is null
)

select * from final
