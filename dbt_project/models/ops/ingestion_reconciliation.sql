{{ config(materialized='table') }}

with batches as (
    select * from {{ ref('stg_lake__batches') }}
),

quarantined as (
    select
        _batch_id,
        count(*) as row_count,
        sum(case when is_replayed then 1 else 0 end) as recovered_row_count
    from {{ ref('stg_lake__quarantined_records') }}
    group by _batch_id
),

-- What a batch took from quarantine has to be there.
taken as (
    select replayed._batch_id, count(rejected._position) as row_count
    from {{ ref('stg_lake__replayed_records') }} as replayed
    left join {{ ref('stg_lake__quarantined_records') }} as rejected
        on replayed.quarantined_batch_id = rejected._batch_id
        and replayed.quarantined_position = rejected._position
    group by replayed._batch_id
),

readable as (
    {%- for dataset in ['transactions', 'fraud_labels', 'customers', 'terminals', 'analyst_decisions'] %}
    select _batch_id, count(*) as row_count
    from {{ ref('stg_raw__' ~ dataset) }}
    group by _batch_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

modelled as (
    select _batch_id, count(*) as row_count
    from {{ ref('int_transactions__versioned') }}
    group by _batch_id
),

counted as (
    select
        batches.*,
        coalesce(readable.row_count, 0) as readable_row_count,
        coalesce(quarantined.row_count, 0) as readable_quarantined_row_count,
        coalesce(quarantined.recovered_row_count, 0) as recovered_row_count,
        coalesce(taken.row_count, 0) as taken_row_count,
        -- Only transactions keep every delivered version in the warehouse.
        case when batches.dataset = 'transactions' then coalesce(modelled.row_count, 0) end
            as modelled_row_count
    from batches
    left join readable
        on batches.batch_id = readable._batch_id
    left join quarantined
        on batches.batch_id = quarantined._batch_id
    left join taken
        on batches.batch_id = taken._batch_id
    left join modelled
        on batches.batch_id = modelled._batch_id
),

final as (
    select
        batch_id,
        dataset,
        source,
        produced_row_count,
        replayed_row_count,
        delivered_row_count,
        quarantined_row_count,
        recovered_row_count,
        readable_row_count,
        modelled_row_count,
        produced_row_count + replayed_row_count - readable_row_count - readable_quarantined_row_count
            as missing_row_count,
        produced_row_count + replayed_row_count = readable_row_count + readable_quarantined_row_count
        and replayed_row_count = taken_row_count
        and delivered_row_count = readable_row_count
        and (modelled_row_count is null or modelled_row_count = delivered_row_count)
            as is_reconciled,
        delivered_at
    from counted
)

select * from final
