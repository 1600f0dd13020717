{#- Figures of the last thirty days of each customer or terminal, and its place among all of them.

    Arguments:
        entity: column by which payments are taken together, and which breaks ties.
        transactions: relation of payments, as fct_transactions.
        alerts: relation of alerts, as fct_fraud_alerts. -#}
{% macro entity_risk(entity, transactions, alerts) -%}
with transactions as (
    select * from {{ transactions }}
),

alerts as (
    select * from {{ alerts }}
),

as_of as (
    select max(transaction_at) as latest_at from transactions
),

activity as (
    select
        transactions.{{ entity }},
        count(*) as transaction_count_30d,
        sum(case when transactions.is_fraud then 1 else 0 end) as fraud_count_30d,
        sum(case when alerts.transaction_id is not null then 1 else 0 end) as alert_count_30d,
        sum(transactions.reporting_amount) as amount_30d,
        sum(case when transactions.is_fraud then transactions.reporting_amount else 0 end)
            as fraud_amount_30d,
        max(transactions.transaction_at) as last_transaction_at
    from transactions
    cross join as_of
    left join alerts
        on transactions.transaction_id = alerts.transaction_id
    where transactions.transaction_at > {{ sentinel.seconds_later('as_of.latest_at', -30 * 86400) }}
    group by transactions.{{ entity }}
),

overall as (
    select cast(sum(fraud_count_30d) as {{ sentinel.type_double() }}) / sum(transaction_count_30d) as fraud_rate
    from activity
),

-- Rates of few transactions are drawn towards the overall rate, as if 20 average ones were added.
rated as (
    select
        activity.*,
        cast(fraud_count_30d as {{ sentinel.type_double() }}) / transaction_count_30d as fraud_rate_30d,
        (fraud_count_30d + 20 * overall.fraud_rate) / (transaction_count_30d + 20)
            as smoothed_fraud_rate_30d,
        cast(alert_count_30d as {{ sentinel.type_double() }}) / transaction_count_30d as alert_rate_30d
    from activity
    cross join overall
),

final as (
    select
        {{ entity }},
        cast(transaction_count_30d as bigint) as transaction_count_30d,
        cast(fraud_count_30d as bigint) as fraud_count_30d,
        cast(alert_count_30d as bigint) as alert_count_30d,
        cast(amount_30d as decimal(18, 2)) as amount_30d,
        cast(fraud_amount_30d as decimal(18, 2)) as fraud_amount_30d,
        fraud_rate_30d,
        smoothed_fraud_rate_30d,
        alert_rate_30d,
        cast(row_number() over (
            order by
                smoothed_fraud_rate_30d + 0.1 * alert_rate_30d desc, fraud_amount_30d desc, {{ entity }}
        ) as bigint) as risk_rank,
        last_transaction_at
    from rated
)

select * from final
{%- endmacro %}
