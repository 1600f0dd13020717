{{ config(post_hook="{{ sentinel.consume_batches() }}") }}
{%- do sentinel.take_batches({'terminals': []}) %}

with delivered as (
    select * from {{ ref('stg_raw__terminals') }}
),

ordered as (
    select
        *,
        row_number() over (
            partition by terminal_id, updated_at
            order by _ingested_at desc, _batch_id desc, _position desc
        ) as recency
    from delivered
),

versions as (
    select
        *,
        lag(updated_at) over (partition by terminal_id order by updated_at) as previous_updated_at,
        lead(updated_at) over (partition by terminal_id order by updated_at) as next_updated_at
    from ordered
    where recency = 1
),

final as (
    select
        terminal_id,
        {{ sentinel.known_at_deletion('merchant_id', 'terminal_id') }} as merchant_id,
        {{ sentinel.known_at_deletion('merchant_category_code', 'terminal_id') }} as merchant_category_code,
        {{ sentinel.known_at_deletion('country_code', 'terminal_id') }} as country_code,
        {{ sentinel.known_at_deletion('latitude', 'terminal_id') }} as latitude,
        {{ sentinel.known_at_deletion('longitude', 'terminal_id') }} as longitude,
        coalesce(is_deleted, false) as is_deleted,
        next_updated_at is null as is_current,
        updated_at,
        -- What came before the first known version is best described by it.
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
