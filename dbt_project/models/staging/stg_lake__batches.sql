with ledger as (
    select * from {{ source('lake', 'ledger') }}
),

final as (
    select
        batch_id,
        dataset,
        source,
        checksum,
        schema_version,
        produced_row_count,
        coalesce(replayed_row_count, 0) as replayed_row_count,
        delivered_row_count,
        quarantined_row_count,
        min_event_at,
        max_event_at,
        delivered_at
    from ledger
)

select * from final
