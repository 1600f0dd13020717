with delivered as (
    {{ sentinel.records_of(source('raw', 'customers')) }}
),

committed as (
    select batch_id from {{ ref('stg_lake__batches') }}
    where dataset = 'customers'
),

final as (
    select
        customer_id,
        name_token,
        email_token,
        phone_token,
        document_token,
        segment,
        home_country_code,
        home_latitude,
        home_longitude,
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
