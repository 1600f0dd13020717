with replayed as (
    select * from {{ source('lake', 'replayed') }}
),

committed as (
    select batch_id from {{ ref('stg_lake__batches') }}
),

final as (
    select
        dataset,
        quarantined_batch_id,
        quarantined_position,
        _batch_id
    from replayed
    where _batch_id in (select batch_id from committed)
)

select * from final
