with scores as (
    select * from {{ ref('fct_model_scores') }}
    where trial_id is not null
),

transactions as (
    select transaction_id, reporting_amount, is_fraud from {{ ref('fct_transactions') }}
),

-- Payments whose reports are still to come would be genuine for both.
newest as (
    select max(transaction_at) as transaction_at from {{ ref('fct_transactions') }}
),

both_sides as (
    select
        transaction_id,
        trial_id
    from scores
    group by transaction_id, trial_id
    having count(*) = 2
),

judged as (
    select
        scores.trial_id,
        scores.model_version,
        scores.model_role,
        scores.customer_id,
        scores.fraud_probability,
        scores.is_alerted,
        scores.is_deciding,
        transactions.is_fraud,
        transactions.reporting_amount,
        cast(scores.transaction_at as date) as transaction_date
    from scores
    inner join both_sides
        on scores.transaction_id = both_sides.transaction_id
        and scores.trial_id = both_sides.trial_id
    inner join transactions
        on scores.transaction_id = transactions.transaction_id
    cross join newest
    where {{ sentinel.seconds_later('scores.transaction_at', var('label_delay_days') * 86400) }}
        <= newest.transaction_at
),

populations as (
    select *, 'all_customers' as population from judged
    union all
    select *, 'own_customers' as population from judged
    where is_deciding
),

totals as (
    select
        trial_id,
        model_version,
        model_role,
        population,
        count(distinct customer_id) as customer_count,
        count(*) as transaction_count,
        sum(case when is_fraud then 1 else 0 end) as fraud_count,
        sum(case when is_alerted then 1 else 0 end) as alert_count,
        sum(case when is_alerted and is_fraud then 1 else 0 end) as true_alert_count,
        sum(case when is_fraud then reporting_amount else 0 end) as fraud_amount,
        sum(case when is_alerted and is_fraud then reporting_amount else 0 end) as alerted_fraud_amount,
        avg(
            (fraud_probability - case when is_fraud then 1.0 else 0.0 end)
            * (fraud_probability - case when is_fraud then 1.0 else 0.0 end)
        ) as brier_score,
        min(transaction_date) as first_date,
        max(transaction_date) as last_date
    from populations
    group by trial_id, model_version, model_role, population
),

-- Equal scores are one step of the curve.
steps as (
    select
        trial_id,
        model_version,
        population,
        fraud_probability,
        count(*) as transaction_count,
        sum(case when is_fraud then 1 else 0 end) as fraud_count
    from populations
    group by trial_id, model_version, population, fraud_probability
),

curve as (
    select
        trial_id,
        model_version,
        population,
        fraud_count,
        cast(sum(fraud_count) over (
            partition by trial_id, model_version, population order by fraud_probability desc
            rows between unbounded preceding and current row
        ) as {{ sentinel.type_double() }}) / sum(transaction_count) over (
            partition by trial_id, model_version, population order by fraud_probability desc
            rows between unbounded preceding and current row
        ) as alert_precision
    from steps
),

areas as (
    select
        trial_id,
        model_version,
        population,
        sum(fraud_count * alert_precision) / nullif(sum(fraud_count), 0) as average_precision
    from curve
    group by trial_id, model_version, population
),

final as (
    select
        cast(totals.trial_id as {{ dbt.type_string() }}) as trial_id,
        cast(totals.model_version as {{ dbt.type_string() }}) as model_version,
        cast(totals.model_role as {{ dbt.type_string() }}) as model_role,
        cast(totals.population as {{ dbt.type_string() }}) as population,
        cast(totals.customer_count as bigint) as customer_count,
        cast(totals.transaction_count as bigint) as transaction_count,
        cast(totals.fraud_count as bigint) as fraud_count,
        cast(totals.alert_count as bigint) as alert_count,
        cast(totals.true_alert_count as bigint) as true_alert_count,
        cast(totals.fraud_amount as decimal(18, 2)) as fraud_amount,
        cast(totals.alerted_fraud_amount as decimal(18, 2)) as alerted_fraud_amount,
        cast(totals.true_alert_count as {{ sentinel.type_double() }})
            / nullif(totals.alert_count, 0) as alert_precision,
        cast(totals.true_alert_count as {{ sentinel.type_double() }})
            / nullif(totals.fraud_count, 0) as fraud_recall,
        cast(areas.average_precision as {{ sentinel.type_double() }}) as average_precision,
        cast(totals.brier_score as {{ sentinel.type_double() }}) as brier_score,
        totals.first_date,
        totals.last_date
    from totals
    inner join areas
        on totals.trial_id = areas.trial_id
        and totals.model_version = areas.model_version
        and totals.population = areas.population
)

select * from final
