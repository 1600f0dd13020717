with masters as (
    select * from {{ ref('int_terminals__current') }}
),

activity as (
    select
        terminal_id,
        count(*) as transaction_count,
        min(transaction_at) as first_transaction_at,
        max(transaction_at) as last_transaction_at
    from {{ ref('int_transactions__deduplicated') }}
    group by terminal_id
),

-- A terminal that no master record names is still a terminal: facts must find it.
known as (
    select terminal_id from masters
    union
    select terminal_id from activity
),

final as (
    select
        known.terminal_id,
        masters.merchant_id,
        masters.merchant_category_code,
        masters.country_code,
        masters.latitude,
        masters.longitude,
        coalesce(activity.transaction_count, 0) as transaction_count,
        masters.terminal_id is not null as has_master_record,
        coalesce(masters.is_deleted, false) as is_deleted,
        activity.first_transaction_at,
        activity.last_transaction_at,
        case when masters.is_deleted then masters.updated_at end as deleted_at,
        masters.updated_at
    from known
    left join masters
        on known.terminal_id = masters.terminal_id
    left join activity
        on known.terminal_id = activity.terminal_id
)

select * from final
