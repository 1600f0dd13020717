with transactions as (
    select
        transaction_id,
        is_fraud,
        cast({{ dbt.date_trunc('month', 'transaction_at') }} as date) as month_date,
        {{ sentinel.in_hashed_share('transaction_id', "'review'", sentinel.hash_bound(var('review_share'))) }}
            as is_picked
    from {{ ref('fct_transactions') }}
),

alerts as (
    select transaction_id, is_decided from {{ ref('explained_alerts') }}
),

reviews as (
    select transaction_id, is_fraud from {{ ref('fct_analyst_decisions') }}
    where subject = 'review' and is_standing
),

-- What would be known without any review: customers and banks report, whoever was alerted about.
reports as (
    select transaction_id from {{ ref('fct_fraud_labels') }}
    where is_fraud and label_source <> 'analyst'
    group by transaction_id
),

classed as (
    select
        transactions.month_date,
        alerts.transaction_id is not null as is_alert,
        coalesce(alerts.is_decided, false) as is_decided,
        transactions.is_fraud,
        transactions.is_picked,
        reviews.transaction_id is not null as is_reviewed,
        coalesce(reviews.is_fraud, false) as is_reviewed_fraud,
        reports.transaction_id is not null as is_reported
    from transactions
    left join alerts
        on transactions.transaction_id = alerts.transaction_id
    left join reviews
        on transactions.transaction_id = reviews.transaction_id
    left join reports
        on transactions.transaction_id = reports.transaction_id
),

counted as (
    select
        month_date,
        count(*) as transaction_count,
        sum(case when is_alert then 1 else 0 end) as alert_count,
        sum(case when is_alert and is_decided then 1 else 0 end) as decided_alert_count,
        sum(case when is_alert and is_fraud then 1 else 0 end) as alert_fraud_count,
        sum(case when not is_alert then 1 else 0 end) as unalerted_count,
        sum(case when not is_alert and is_picked then 1 else 0 end) as picked_count,
        sum(case when not is_alert and is_reviewed then 1 else 0 end) as reviewed_count,
        sum(case when not is_alert and is_reviewed_fraud then 1 else 0 end) as reviewed_fraud_count,
        sum(case when not is_alert and is_reviewed_fraud and not is_reported then 1 else 0 end)
            as unreported_reviewed_fraud_count,
        sum(case when not is_alert and is_reported then 1 else 0 end) as reported_unalerted_fraud_count
    from classed
    group by month_date
),

rated as (
    select
        *,
        cast(reviewed_fraud_count as {{ sentinel.type_double() }}) / nullif(reviewed_count, 0)
            as reviewed_fraud_rate,
        cast(reported_unalerted_fraud_count as {{ sentinel.type_double() }}) / nullif(unalerted_count, 0)
            as reported_fraud_rate
    from counted
),

final as (
    select
        cast(transaction_count as bigint) as transaction_count,
        cast(alert_count as bigint) as alert_count,
        cast(decided_alert_count as bigint) as decided_alert_count,
        cast(alert_fraud_count as bigint) as alert_fraud_count,
        cast(unalerted_count as bigint) as unalerted_count,
        cast(picked_count as bigint) as picked_count,
        cast(reviewed_count as bigint) as reviewed_count,
        cast(reviewed_fraud_count as bigint) as reviewed_fraud_count,
        cast(unreported_reviewed_fraud_count as bigint) as unreported_reviewed_fraud_count,
        cast(reported_unalerted_fraud_count as bigint) as reported_unalerted_fraud_count,
        reviewed_fraud_rate,
        cast(sqrt(reviewed_fraud_rate * (1 - reviewed_fraud_rate) / reviewed_count)
            as {{ sentinel.type_double() }}) as reviewed_fraud_rate_standard_error,
        reported_fraud_rate,
        cast(reviewed_fraud_rate * unalerted_count as {{ sentinel.type_double() }})
            as estimated_missed_frauds,
        cast(alert_fraud_count as {{ sentinel.type_double() }})
            / nullif(alert_fraud_count + reported_unalerted_fraud_count, 0) as reported_recall,
        cast(alert_fraud_count / nullif(alert_fraud_count + reviewed_fraud_rate * unalerted_count, 0)
            as {{ sentinel.type_double() }}) as estimated_recall,
        month_date
    from rated
)

select * from final
