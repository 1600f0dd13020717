with bounds as (
    select
        min(transaction_date) as first_date,
        max(transaction_date) as last_date
    from {{ ref('int_transactions__deduplicated') }}
),

digits as (
    {%- for digit in range(10) %}
    select {{ digit }} as digit {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Ten thousand days: 27 years, without a recursive query that not every engine has.
offsets as (
    select ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit as days
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
),

days as (
    select cast({{ dbt.dateadd('day', 'offsets.days', 'bounds.first_date') }} as date) as date_day
    from bounds
    inner join offsets
        on {{ dbt.datediff('bounds.first_date', 'bounds.last_date', 'day') }} >= offsets.days
),

final as (
    select
        cast(extract(year from date_day) as integer) as calendar_year,
        cast(extract(month from date_day) as integer) as calendar_month,
        cast(extract(day from date_day) as integer) as day_of_month,
        cast(extract(quarter from date_day) as integer) as calendar_quarter,
        {{ sentinel.is_weekend('date_day') }} as is_weekend,
        date_day,
        cast({{ dbt.date_trunc('week', 'date_day') }} as date) as week_start_date,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start_date
    from days
)

select * from final
