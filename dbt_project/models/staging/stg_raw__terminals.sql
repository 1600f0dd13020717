with delivered as (
    {{ sentinel.records_of(source('raw', 'terminals')) }}
),

committed as (
    select batch_id from {{ ref('stg_lake__batches') }}
    where dataset = 'terminals'
),

final as (
    select
        terminal_id,
        merchant_id,
        merchant_category_code,
        country_code,
        latitude,
        longitude,
        is_deleted,
        cast(updated_at as date) as updated_date,
        updated_at,
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
