with rejected as (
    select * from {{ source('lake', 'quarantine') }}
),

committed as (
    select batch_id from {{ ref('stg_lake__batches') }}
),

-- Distinct, so that a record taken twice by mistake shows as such, not as two rejected ones.
replayed as (
    select distinct quarantined_batch_id, quarantined_position
    from {{ ref('stg_lake__replayed_records') }}
),

final as (
    select
        rejected.dataset,
        rejected.reason,
        rejected.field,
        rejected.payload,
        replayed.quarantined_batch_id is not null as is_replayed,
        rejected._batch_id,
        rejected._source,
        rejected._position,
        rejected._ingested_at
    from rejected
    left join replayed
        on rejected._batch_id = replayed.quarantined_batch_id
        and rejected._position = replayed.quarantined_position
    where rejected._batch_id in (select batch_id from committed)
)

select * from final
