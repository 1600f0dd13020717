{{ config(materialized='view') }}

with rule_alerts as (
    select * from {{ ref('fct_fraud_alerts') }}
),

scores as (
    select * from {{ ref('fct_model_scores') }}
    where is_deciding
),

transactions as (
    select transaction_id, customer_id, terminal_id, reporting_amount, transaction_at
    from {{ ref('fct_transactions') }}
),

decisions as (
    select alert_id, decision, decided_at from {{ ref('fct_analyst_decisions') }}
    where is_standing
),

-- After a promotion two versions have decided about the days around it: the later one stands.
latest as (
    select
        *,
        row_number() over (
            partition by transaction_id order by scored_at desc, model_version desc
        ) as recency
    from scores
),

alerted as (
    select transaction_id from rule_alerts
    union
    select transaction_id from latest
    where recency = 1 and is_alerted
),

alerts as (
    select
        cast('alert-' || transactions.transaction_id as {{ dbt.type_string() }}) as alert_id,
        transactions.transaction_id,
        transactions.customer_id,
        transactions.terminal_id,
        case
            when rule_alerts.transaction_id is null then 'model'
            when coalesce(latest.is_alerted, false) then 'rules_and_model'
            else 'rules'
        end as alert_source,
        rule_alerts.reasons as rules,
        latest.model_version,
        latest.reasons,
        coalesce(rule_alerts.score, 0) as rule_score,
        latest.fraud_probability,
        transactions.reporting_amount,
        cast(transactions.transaction_at as date) as alert_date,
        transactions.transaction_at,
        latest.scored_at
    from alerted
    inner join transactions
        on alerted.transaction_id = transactions.transaction_id
    left join rule_alerts
        on alerted.transaction_id = rule_alerts.transaction_id
    left join latest
        on alerted.transaction_id = latest.transaction_id
        and latest.recency = 1
),

final as (
    select
        alerts.alert_id,
        alerts.transaction_id,
        alerts.customer_id,
        alerts.terminal_id,
        cast(alerts.alert_source as {{ dbt.type_string() }}) as alert_source,
        cast(alerts.rules as {{ dbt.type_string() }}) as rules,
        cast(alerts.model_version as {{ dbt.type_string() }}) as model_version,
        cast(alerts.reasons as {{ dbt.type_string() }}) as reasons,
        cast(decisions.decision as {{ dbt.type_string() }}) as decision,
        cast(alerts.rule_score as integer) as rule_score,
        -- What no version has scored comes behind what one has.
        cast(row_number() over (
            partition by alerts.alert_date
            order by
                coalesce(alerts.fraud_probability, -1) desc,
                alerts.rule_score desc,
                alerts.reporting_amount desc,
                alerts.transaction_id
        ) as integer) as queue_rank,
        alerts.reporting_amount,
        alerts.fraud_probability,
        decisions.alert_id is not null as is_decided,
        alerts.alert_date,
        alerts.transaction_at,
        alerts.scored_at,
        decisions.decided_at
    from alerts
    left join decisions
        on alerts.alert_id = decisions.alert_id
)

select * from final
