{{ config(materialized='view') }}

with versions as (
    select * from {{ ref('int_terminals__versioned') }}
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
        updated_at
    from versions
    where is_current
)

select * from final
