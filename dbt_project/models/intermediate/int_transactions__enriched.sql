{{ config(materialized='view') }}

with transactions as (
    select * from {{ ref('int_transactions__deduplicated') }}
),

terminals as (
    select * from {{ ref('int_terminals__versioned') }}
),

exchange_rates as (
    select * from {{ ref('exchange_rates') }}
),

-- Not from the CTE: one that is read twice keeps DuckDB from leaving out columns nobody asks for.
reporting_rate as (
    select euros_per_unit
    from {{ ref('exchange_rates') }}
    where currency_code = '{{ var("reporting_currency") }}'
),

located as (
    select
        transactions.*,
        terminals.merchant_id,
        terminals.latitude as terminal_latitude,
        terminals.longitude as terminal_longitude,
        coalesce(transactions.merchant_category_code, terminals.merchant_category_code)
            as known_merchant_category_code,
        coalesce(transactions.country_code, terminals.country_code) as known_country_code
    from transactions
    left join terminals
        on transactions.terminal_id = terminals.terminal_id
        and transactions.transaction_at >= terminals.valid_from
        and transactions.transaction_at < terminals.valid_to
),

final as (
    select
        located.transaction_id,
        located.customer_id,
        located.card_token,
        located.terminal_id,
        located.merchant_id,
        located.currency,
        '{{ var("reporting_currency") }}' as reporting_currency,
        located.channel,
        located.entry_mode,
        located.known_country_code as country_code,
        located.device_id,
        located.ip_prefix,
        located.known_merchant_category_code as merchant_category_code,
        located.amount,
        -- An amount in a currency without a rate is taken as it is and marked, not lost. Decimals
        -- throughout: in floats half a cent goes either way. Nineteen digits, because DuckDB keeps
        -- a product of two decimals of eighteen in eighteen, and fails where that is too narrow, and
        -- because Spark rounds a product of more than 38 digits.
        -- What needs no conversion is not multiplied by 1: over all of history that is seconds.
        cast(
            case
                when coalesce(exchange_rates.euros_per_unit, reporting_rate.euros_per_unit)
                    = reporting_rate.euros_per_unit
                    then located.amount
                else round(
                    cast(located.amount as decimal(19, 2)) * cast(
                        exchange_rates.euros_per_unit / reporting_rate.euros_per_unit
                        as decimal(18, 12)
                    ), 2
                )
            end as decimal(18, 2)
        ) as reporting_amount,
        located.terminal_latitude,
        located.terminal_longitude,
        located.currency is null or exchange_rates.currency_code is not null as is_amount_converted,
        located.transaction_date,
        located.transaction_at,
        located._batch_id,
        located._ingested_at
        {%- for column in sentinel.engine_columns() %},
        located.{{ column }}
        {%- endfor %}
    from located
    left join exchange_rates
        on located.currency = exchange_rates.currency_code
    cross join reporting_rate
)

select * from final
