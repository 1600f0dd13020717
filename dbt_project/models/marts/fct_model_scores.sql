{{ config(materialized='view') }}

with scores as (
    select * from {{ source('model_log', 'scores') }}
),

scorings as (
    select * from {{ source('model_log', 'scorings') }}
),

alerts as (
    select * from {{ source('model_log', 'alerts') }}
),

transactions as (
    select transaction_id, customer_id, terminal_id, transaction_at from {{ ref('fct_transactions') }}
),

-- A transaction that a version scored again, after a correction say, has its latest score. A run is
-- written down when it has ended: one that was interrupted scored nothing.
ordered as (
    select
        scores.*,
        scorings.model_role,
        scorings.trial_salt,
        scorings.share_bound,
        row_number() over (
            partition by scores.transaction_id, scores.model_version order by scores.scored_at desc
        ) as recency
    from scores
    inner join scorings
        on scores.model_version = scorings.model_version
        and scores.scored_at = scorings.scored_at
),

of_customers as (
    select
        ordered.*,
        transactions.customer_id,
        transactions.terminal_id,
        transactions.transaction_at,
        coalesce(
            {{ sentinel.in_hashed_share('transactions.customer_id', 'ordered.trial_salt', 'ordered.share_bound') }},
            false
        ) as is_of_challenger
    from ordered
    inner join transactions
        on ordered.transaction_id = transactions.transaction_id
    where ordered.recency = 1
),

final as (
    select
        of_customers.transaction_id,
        of_customers.customer_id,
        of_customers.terminal_id,
        cast(of_customers.trial_salt as {{ dbt.type_string() }}) as trial_id,
        cast(of_customers.model_version as {{ dbt.type_string() }}) as model_version,
        cast(of_customers.model_role as {{ dbt.type_string() }}) as model_role,
        cast(of_customers.reasons as {{ dbt.type_string() }}) as reasons,
        cast(of_customers.fraud_probability as {{ sentinel.type_double() }}) as fraud_probability,
        alerts.transaction_id is not null as is_alerted,
        case of_customers.model_role
            when 'champion' then not of_customers.is_of_challenger
            when 'challenger' then of_customers.is_of_challenger
            else false
        end as is_deciding,
        of_customers.transaction_at,
        of_customers.scored_at
    from of_customers
    left join alerts
        on of_customers.transaction_id = alerts.transaction_id
        and of_customers.model_version = alerts.model_version
        and of_customers.scored_at = alerts.scored_at
)

select * from final
