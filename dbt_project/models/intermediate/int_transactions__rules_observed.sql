{{
    config(
        materialized='incremental',
        incremental_strategy='replace',
        unique_key='transaction_id',
        event_time='transaction_at',
        post_hook="{{ sentinel.consume_batches() }}",
    )
}}
-- depends_on: {{ ref('int_transactions__versioned') }}
-- depends_on: {{ ref('int_fraud_labels__deduplicated') }}
-- depends_on: {{ ref('int_terminals__versioned') }}
{%- set delay = var('label_delay_days') %}
{%- set batches = sentinel.take_batches({
    'transactions': [ref('feat_transactions'), ref('feat_transactions_history')],
    'fraud_labels': [ref('feat_transactions'), ref('feat_transactions_history')],
    'terminals': [ref('feat_transactions_history')],
}) %}
{%- set changes = sentinel.changes_of(batches) %}
{%- set within = sentinel.in_reach('transaction_at', changes, days_after=30 + delay) %}

with transactions as (
    select * from {{ ref('int_transactions__enriched') }}
    where {{ within }}
),

features as (
    select * from {{ ref('feat_transactions') }}
    where {{ within }}
),

history as (
    select * from {{ ref('feat_transactions_history') }}
    where {{ within }}
),

countries as (
    select * from {{ ref('country_risk') }}
),

merchant_categories as (
    select * from {{ ref('merchant_category_codes') }}
),
{%- if is_incremental() %}

recomputed as (
    {{ sentinel.recomputed_transactions(
        changes, customer_reach_days=30 + delay, terminal_reach_days=30 + delay
    ) }}
),
{%- endif %}

final as (
    select
        transactions.transaction_id,
        transactions.customer_id,
        transactions.terminal_id,
        {%- for rule_id, observed in sentinel.fraud_rules().items() %}
        {{ observed }} as {{ rule_id }},
        {%- endfor %}
        transactions.reporting_amount,
        transactions.transaction_at
    from transactions
    {%- if is_incremental() %}
    inner join recomputed
        on transactions.transaction_id = recomputed.transaction_id
    {%- endif %}
    inner join features
        on transactions.transaction_id = features.transaction_id
    inner join history
        on transactions.transaction_id = history.transaction_id
    left join countries
        on transactions.country_code = countries.country_code
    left join merchant_categories
        on transactions.merchant_category_code = merchant_categories.merchant_category_code
)

select * from final
