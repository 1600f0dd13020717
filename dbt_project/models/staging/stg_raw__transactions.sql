with delivered as (
    {{ sentinel.records_of(source('raw', 'transactions')) }}
),

committed as (
    select batch_id from {{ ref('stg_lake__batches') }}
    where dataset = 'transactions'
),

final as (
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
        event_date as transaction_date,
        transaction_at,
        _batch_id,
        _source,
        _file,
        _position,
        _extras,
        _schema_version,
        _ingested_at
    from delivered
    where _batch_id in (select batch_id from committed)
)

select * from final
