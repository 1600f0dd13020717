{{ config(materialized='table') }}

with batches as (
    select * from {{ ref('stg_lake__batches') }}
),

quarantined as (
    select _batch_id, count(*) as row_count
    from {{ ref('stg_lake__quarantined_records') }}
    group by _batch_id
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
        -- Only transactions keep every delivered version in the warehouse.
        case when batches.dataset = 'transactions' then coalesce(modelled.row_count, 0) end
            as modelled_row_count
    from batches
    left join readable
        on batches.batch_id = readable._batch_id
    left join quarantined
        on batches.batch_id = quarantined._batch_id
    left join modelled
        on batches.batch_id = modelled._batch_id
),

final as (
    select
        batch_id,
        dataset,
        source,
        produced_row_count,
        delivered_row_count,
        quarantined_row_count,
        readable_row_count,
        modelled_row_count,
        produced_row_count - readable_row_count - readable_quarantined_row_count as missing_row_count,
        produced_row_count = readable_row_count + readable_quarantined_row_count
        and delivered_row_count = readable_row_count
        and (modelled_row_count is null or modelled_row_count = delivered_row_count)
            as is_reconciled,
        delivered_at
    from counted
)

select * from final
