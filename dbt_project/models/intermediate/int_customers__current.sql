{{ config(materialized='view') }}

with versions as (
    select * from {{ ref('int_customers__versioned') }}
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
        updated_at
    from versions
    where is_current
)

select * from final
