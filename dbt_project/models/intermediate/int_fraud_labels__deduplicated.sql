{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='transaction_id',
        event_time='reported_at',
        post_hook="{{ sentinel.consume_batches() }}",
    )
}}
-- depends_on: {{ ref('int_transactions__versioned') }}
{%- set batches = sentinel.take_batches({'fraud_labels': []}) %}
{%- do sentinel.note_reported_transactions(batches['fraud_labels']) %}

with delivered as (
    select * from {{ ref('stg_raw__fraud_labels') }}
    {%- if is_incremental() %}
    where {{ sentinel.delivered_in(batches['fraud_labels'], 'reported_date') }}
    {%- endif %}
),

reports as (
    select
        transaction_id,
        label_source,
        fraud_type,
        is_fraud,
        reported_at,
        _batch_id,
        _position,
        _ingested_at
    from delivered
    {%- if is_incremental() %}

    union all

    select
        transaction_id,
        label_source,
        fraud_type,
        is_fraud,
        reported_at,
        _batch_id,
        _position,
        _ingested_at
    from {{ this }}
    where transaction_id in (select transaction_id from delivered)
        and not ({{ sentinel.in_batches('_batch_id', batches['fraud_labels']) }})
    {%- endif %}
),

ordered as (
    select
        *,
        row_number() over (
            partition by transaction_id, label_source, reported_at
            order by _ingested_at desc, _batch_id desc, _position desc
        ) as recency
    from reports
),

final as (
    select
        transaction_id,
        label_source,
        fraud_type,
        is_fraud,
        reported_at,
        reported_at as known_from,
        -- Reports of two sources at one instant: the later source name holds, the other never did.
        lead(reported_at) over (
            partition by transaction_id order by reported_at, label_source
        ) as known_until,
        _batch_id,
        _position,
        _ingested_at
    from ordered
    where recency = 1
)

select * from final
