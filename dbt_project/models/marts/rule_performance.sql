with rules as (
    select * from {{ ref('fraud_rules') }}
),

hits as (
    select * from {{ ref('fct_rule_hits') }}
),

alerts as (
    select * from {{ ref('fct_fraud_alerts') }}
),

transactions as (
    select transaction_id, is_fraud, reporting_amount from {{ ref('fct_transactions') }}
),

totals as (
    select
        sum(case when is_fraud then 1 else 0 end) as fraud_count,
        sum(case when is_fraud then reporting_amount else 0 end) as fraud_amount
    from transactions
),

alert_totals as (
    select count(*) as alert_count from alerts
),

judged as (
    select
        hits.rule_id,
        count(*) as hit_count,
        sum(case when transactions.is_fraud then 1 else 0 end) as fraud_hit_count,
        sum(case when transactions.is_fraud then transactions.reporting_amount else 0 end)
            as fraud_hit_amount,
        sum(case when alerts.transaction_id is not null then 1 else 0 end) as alert_hit_count
    from hits
    inner join transactions
        on hits.transaction_id = transactions.transaction_id
    left join alerts
        on hits.transaction_id = alerts.transaction_id
    group by hits.rule_id
),

final as (
    select
        cast(rules.rule_id as {{ dbt.type_string() }}) as rule_id,
        cast(rules.rule_name as {{ dbt.type_string() }}) as rule_name,
        cast(coalesce(judged.hit_count, 0) as bigint) as hit_count,
        cast(coalesce(judged.fraud_hit_count, 0) as bigint) as fraud_hit_count,
        cast(coalesce(judged.fraud_hit_amount, 0) as decimal(18, 2)) as fraud_hit_amount,
        cast(judged.fraud_hit_count as {{ sentinel.type_double() }}) / judged.hit_count as hit_precision,
        cast(coalesce(judged.fraud_hit_count, 0) as {{ sentinel.type_double() }})
            / nullif(totals.fraud_count, 0) as hit_recall,
        cast(coalesce(judged.fraud_hit_amount, 0) as {{ sentinel.type_double() }})
            / nullif(cast(totals.fraud_amount as {{ sentinel.type_double() }}), 0) as amount_recall,
        cast(coalesce(judged.alert_hit_count, 0) as {{ sentinel.type_double() }})
            / nullif(alert_totals.alert_count, 0) as alert_share,
        rules.is_active
    from rules
    cross join totals
    cross join alert_totals
    left join judged
        on rules.rule_id = judged.rule_id
)

select * from final
