{{ config(materialized='view') }}

with scores as (
    select * from {{ source('model_log', 'scores') }}
),

transactions as (
    select transaction_id, customer_id, terminal_id, transaction_at from {{ ref('fct_transactions') }}
),

-- A transaction that a version scored again, after a correction say, has its latest score.
ordered as (
    select
        *,
        row_number() over (
            partition by transaction_id, model_version order by scored_at desc
        ) as recency
    from scores
),

final as (
    select
        transactions.transaction_id,
        transactions.customer_id,
        transactions.terminal_id,
        cast(ordered.model_version as {{ dbt.type_string() }}) as model_version,
        cast(ordered.reasons as {{ dbt.type_string() }}) as reasons,
        cast(ordered.fraud_probability as {{ sentinel.type_double() }}) as fraud_probability,
        transactions.transaction_at,
        ordered.scored_at
    from ordered
    inner join transactions
        on ordered.transaction_id = transactions.transaction_id
    where ordered.recency = 1
)

select * from final
