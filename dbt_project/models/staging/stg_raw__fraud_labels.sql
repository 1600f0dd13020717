with delivered as (
    {{ sentinel.records_of(source('raw', 'fraud_labels')) }}
),

committed as (
    select batch_id from {{ ref('stg_lake__batches') }}
    where dataset = 'fraud_labels'
),

final as (
    select
        transaction_id,
        label_source,
        fraud_type,
        is_fraud,
        event_date as reported_date,
        reported_at,
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
