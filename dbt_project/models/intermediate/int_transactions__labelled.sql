{{ config(materialized='view') }}

with transactions as (
    select transaction_id, customer_id, terminal_id, reporting_amount, transaction_at
    from {{ ref('int_transactions__enriched') }}
),

reports as (
    select * from {{ ref('int_fraud_labels__deduplicated') }}
),

first_reports as (
    select
        transaction_id,
        min(known_from) as first_reported_at
    from reports
    group by transaction_id
),

-- Nothing is known of a transaction until somebody reports it: it counts as genuine so long.
unreported as (
    select
        transactions.transaction_id,
        transactions.customer_id,
        transactions.terminal_id,
        cast(null as {{ dbt.type_string() }}) as fraud_type,
        transactions.reporting_amount,
        false as is_reported,
        false as is_fraud,
        transactions.transaction_at,
        transactions.transaction_at as known_from,
        first_reports.first_reported_at as known_until
    from transactions
    left join first_reports
        on transactions.transaction_id = first_reports.transaction_id
),

reported as (
    select
        transactions.transaction_id,
        transactions.customer_id,
        transactions.terminal_id,
        reports.fraud_type,
        transactions.reporting_amount,
        true as is_reported,
        reports.is_fraud,
        transactions.transaction_at,
        reports.known_from,
        reports.known_until
    from transactions
    inner join reports
        on transactions.transaction_id = reports.transaction_id
),

states as (
    select * from unreported
    union all
    select * from reported
),

-- A state that ended when it began was never known: of two reports at one instant the other holds.
final as (
    select *
    from states
    where known_until is null or known_until > known_from
)

select * from final
