with masters as (
    select * from {{ ref('int_customers__current') }}
),

activity as (
    select
        customer_id,
        count(*) as transaction_count,
        min(transaction_at) as first_transaction_at,
        max(transaction_at) as last_transaction_at
    from {{ ref('int_transactions__deduplicated') }}
    group by customer_id
),

-- A customer that no master record names is still a customer: facts must find it.
known as (
    select customer_id from masters
    union
    select customer_id from activity
),

final as (
    select
        known.customer_id,
        masters.segment,
        masters.home_country_code,
        masters.home_latitude,
        masters.home_longitude,
        coalesce(activity.transaction_count, 0) as transaction_count,
        masters.customer_id is not null as has_master_record,
        coalesce(masters.is_deleted, false) as is_deleted,
        activity.first_transaction_at,
        activity.last_transaction_at,
        case when masters.is_deleted then masters.updated_at end as deleted_at,
        masters.updated_at
    from known
    left join masters
        on known.customer_id = masters.customer_id
    left join activity
        on known.customer_id = activity.customer_id
)

select * from final
