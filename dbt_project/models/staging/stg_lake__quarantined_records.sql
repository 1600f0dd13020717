with rejected as (
    select * from {{ source('lake', 'quarantine') }}
),

committed as (
    select batch_id from {{ ref('stg_lake__batches') }}
),

final as (
    select
        dataset,
        reason,
        field,
        payload,
        _batch_id,
        _source,
        _position,
        _ingested_at
    from rejected
    where _batch_id in (select batch_id from committed)
)

select * from final
