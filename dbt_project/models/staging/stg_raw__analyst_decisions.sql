with delivered as (
    {{ sentinel.records_of(source('raw', 'analyst_decisions')) }}
),

committed as (
    select batch_id from {{ ref('stg_lake__batches') }}
    where dataset = 'analyst_decisions'
),

final as (
    select
        alert_id,
        analyst_token,
        decision,
        reason,
        event_date as decided_date,
        decided_at,
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
