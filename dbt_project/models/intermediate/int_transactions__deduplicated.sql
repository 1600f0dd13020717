{{ config(materialized='view') }}

with versions as (
    select * from {{ ref('int_transactions__versioned') }}
),

final as (
    select
        transaction_id,
        customer_id,
        card_token,
        terminal_id,
        currency,
        channel,
        entry_mode,
        country_code,
        device_id,
        ip_prefix,
        merchant_category_code,
        amount,
        transaction_date,
        transaction_at,
        _batch_id,
        _position,
        _ingested_at
        {%- for column in sentinel.engine_columns() %},
        {{ column }}
        {%- endfor %}
    from versions
    where is_latest_version
)

select * from final
