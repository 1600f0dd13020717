{{
    config(
        materialized='incremental',
        incremental_strategy='replace',
        unique_key='transaction_id',
        event_time='transaction_at',
        post_hook="{{ sentinel.consume_batches() }}",
    )
}}
{%- set batches = sentinel.take_batches({'transactions': []}) %}
{%- do sentinel.note_delivered_transactions(batches['transactions']) %}
{%- set changes = sentinel.changes_of(batches) %}

with delivered as (
    select * from {{ ref('stg_raw__transactions') }}
    {%- if is_incremental() %}
    where {{ sentinel.delivered_in(batches['transactions'], 'transaction_date') }}
    {%- endif %}
),

versions as (
    select
        transaction_id,
        customer_id,
        card_token,
        terminal_id,
        currency,
        channel,
        entry_mode,
        country_code,
        device_id,
        ip_prefix,
        merchant_category_code,
        amount,
        transaction_date,
        transaction_at,
        _batch_id,
        _position,
        _ingested_at
    from delivered
    {%- if is_incremental() %}

    union all

    -- Versions that came before; those of a batch taken a second time are in `delivered`.
    select
        transaction_id,
        customer_id,
        card_token,
        terminal_id,
        currency,
        channel,
        entry_mode,
        country_code,
        device_id,
        ip_prefix,
        merchant_category_code,
        amount,
        transaction_date,
        transaction_at,
        _batch_id,
        _position,
        _ingested_at
    from {{ this }}
    where transaction_id in (select transaction_id from delivered)
        and {{ sentinel.in_reach('transaction_at', changes) }}
        and not ({{ sentinel.in_batches('_batch_id', batches['transactions']) }})
    {%- endif %}
),

-- Only what was delivered more than once needs ordering, and that is little.
redelivered as (
    select transaction_id
    from versions
    group by transaction_id
    having count(*) > 1
),

ordered as (
    select
        transaction_id,
        _batch_id,
        _position,
        row_number() over (
            partition by transaction_id
            order by _ingested_at desc, _batch_id desc, _position desc
        ) as recency
    from versions
    where transaction_id in (select transaction_id from redelivered)
),

final as (
    select
        versions.transaction_id,
        versions.customer_id,
        versions.card_token,
        versions.terminal_id,
        versions.currency,
        versions.channel,
        versions.entry_mode,
        versions.country_code,
        versions.device_id,
        versions.ip_prefix,
        versions.merchant_category_code,
        versions.amount,
        coalesce(ordered.recency, 1) = 1 as is_latest_version,
        versions.transaction_date,
        versions.transaction_at,
        versions._batch_id,
        versions._position,
        versions._ingested_at
    from versions
    left join ordered
        on versions.transaction_id = ordered.transaction_id
        and versions._batch_id = ordered._batch_id
        and versions._position = ordered._position
)

select * from final
