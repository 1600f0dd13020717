{{
    config(
        materialized='incremental',
        incremental_strategy='replace',
        unique_key='transaction_id',
        event_time='transaction_at',
        post_hook="{{ sentinel.consume_batches() }}",
    )
}}
{%- set batches = sentinel.take_batches({
    'transactions': [ref('int_transactions__versioned')],
    'fraud_labels': [ref('int_fraud_labels__deduplicated')],
    'terminals': [ref('int_terminals__versioned')],
}) %}
{%- set changes = sentinel.changes_of(batches) %}

with transactions as (
    select * from {{ ref('int_transactions__enriched') }}
    where {{ sentinel.in_reach('transaction_at', changes) }}
),

current_labels as (
    select * from {{ ref('int_fraud_labels__deduplicated') }}
    where known_until is null
),
{%- if is_incremental() %}

recomputed as (
    {{ sentinel.recomputed_transactions(changes) }}
),
{%- endif %}

final as (
    select
        transactions.transaction_id,
        transactions.customer_id,
        transactions.card_token,
        transactions.terminal_id,
        transactions.merchant_id,
        transactions.currency,
        cast(transactions.reporting_currency as {{ dbt.type_string() }}) as reporting_currency,
        transactions.channel,
        transactions.entry_mode,
        transactions.country_code,
        transactions.device_id,
        transactions.ip_prefix,
        transactions.merchant_category_code,
        current_labels.label_source,
        current_labels.fraud_type,
        transactions.amount,
        transactions.reporting_amount,
        transactions.is_amount_converted,
        current_labels.transaction_id is not null as has_label,
        -- As known now; a transaction that nobody reported counts as genuine.
        coalesce(current_labels.is_fraud, false) as is_fraud,
        transactions.transaction_date,
        current_labels.known_from as label_available_at,
        transactions.transaction_at
    from transactions
    {%- if is_incremental() %}
    inner join recomputed
        on transactions.transaction_id = recomputed.transaction_id
    {%- endif %}
    left join current_labels
        on transactions.transaction_id = current_labels.transaction_id
)

select * from final
