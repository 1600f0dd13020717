{{ config(post_hook="{{ sentinel.consume_batches() }}") }}
{%- do sentinel.take_batches({'customers': []}) %}

with delivered as (
    select * from {{ ref('stg_raw__customers') }}
),

ordered as (
    select
        *,
        row_number() over (
            partition by customer_id, updated_at
            order by _ingested_at desc, _batch_id desc, _position desc
        ) as recency
    from delivered
),

versions as (
    select
        *,
        lag(updated_at) over (partition by customer_id order by updated_at) as previous_updated_at,
        lead(updated_at) over (partition by customer_id order by updated_at) as next_updated_at
    from ordered
    where recency = 1
),

final as (
    select
        customer_id,
        {{ sentinel.known_at_deletion('name_token', 'customer_id') }} as name_token,
        {{ sentinel.known_at_deletion('email_token', 'customer_id') }} as email_token,
        {{ sentinel.known_at_deletion('phone_token', 'customer_id') }} as phone_token,
        {{ sentinel.known_at_deletion('document_token', 'customer_id') }} as document_token,
        {{ sentinel.known_at_deletion('segment', 'customer_id') }} as segment,
        {{ sentinel.known_at_deletion('home_country_code', 'customer_id') }} as home_country_code,
        {{ sentinel.known_at_deletion('home_latitude', 'customer_id') }} as home_latitude,
        {{ sentinel.known_at_deletion('home_longitude', 'customer_id') }} as home_longitude,
        coalesce(is_deleted, false) as is_deleted,
        next_updated_at is null as is_current,
        updated_at,
        case
            when previous_updated_at is null then cast('1900-01-01' as timestamp)
            else updated_at
        end as valid_from,
        -- A far date rather than null: a join on "null or later" cannot be a hash join.
        coalesce(next_updated_at, cast('9999-12-31' as timestamp)) as valid_to,
        _batch_id,
        _ingested_at
    from versions
)

select * from final
