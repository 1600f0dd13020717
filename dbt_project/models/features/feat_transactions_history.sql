{{
    config(
        incremental_strategy='replace',
        unique_key='transaction_id',
        event_time='transaction_at',
        post_hook="{{ sentinel.consume_batches() }}",
    )
}}
{%- set hour = 3600 %}
{%- set day = 86400 %}
{%- set month = 30 * day %}
{%- set delay = var('label_delay_days') %}
{%- set batches = sentinel.take_batches({
    'transactions': [ref('int_transactions__versioned')],
    'fraud_labels': [ref('int_fraud_labels__deduplicated')],
    'terminals': [ref('int_terminals__versioned')],
}) %}
{%- set changes = sentinel.changes_of(batches) %}
{%- set reach_days = 30 + delay %}
{%- set customer_history = 'customer_history' if is_incremental() else 'asked' %}
{%- set terminal_history = 'terminal_history' if is_incremental() else 'asked' %}
{%- set small = 'case when reporting_amount < ' ~ var('small_amount') ~ ' then 1 else 0 end' %}
{#- Redshift has no WINDOW clause. -#}
{%- set among_located = '(partition by customer_id, is_located order by transaction_at, transaction_id)' %}
{%- set customer_aggregates = [
    {'name': 'count_30d', 'function': 'count', 'window_seconds': month},
    {'name': 'amount_30d', 'function': 'sum', 'expression': 'reporting_amount', 'window_seconds': month},
    {'name': 'squares_30d', 'function': 'sum', 'expression': 'squared_amount', 'window_seconds': month},
    {'name': 'located_30d', 'function': 'sum', 'expression': 'is_located', 'window_seconds': month},
    {'name': 'latitudes_30d', 'function': 'sum', 'expression': 'latitude', 'window_seconds': month},
    {'name': 'longitudes_30d', 'function': 'sum', 'expression': 'longitude', 'window_seconds': month},
    {'name': 'small_1h', 'function': 'sum', 'expression': small, 'window_seconds': hour},
] %}
{%- set transactions -%}
    select
        transaction_id,
        customer_id,
        terminal_id,
        reporting_amount,
        -- Twenty digits: DuckDB keeps a product of two decimals of eighteen in eighteen.
        cast(cast(reporting_amount as decimal(20, 2)) * reporting_amount as decimal(38, 4))
            as squared_amount,
        terminal_latitude,
        terminal_longitude,
        -- Half a place is none: neither coordinate may enter a mean without the other.
        case when terminal_latitude is null or terminal_longitude is null then 0 else 1 end
            as is_located,
        cast(case when terminal_longitude is null then 0 else coalesce(terminal_latitude, 0) end as decimal(12, 6))
            as latitude,
        cast(case when terminal_latitude is null then 0 else coalesce(terminal_longitude, 0) end as decimal(12, 6))
            as longitude,
        transaction_at
    from {{ ref('int_transactions__enriched') }}
{%- endset %}

with labels as (
    select * from {{ ref('int_fraud_labels__deduplicated') }}
),
{%- if is_incremental() %}

recomputed as (
    {{ sentinel.recomputed_transactions(
        changes, customer_reach_days=reach_days, terminal_reach_days=7
    ) }}
),
{%- endif %}

asked as (
    {{ transactions }}
    {%- if is_incremental() %}
    where {{ sentinel.in_reach('transaction_at', changes, 0, reach_days) }}
        and transaction_id in (select transaction_id from recomputed)
    {%- endif %}
),
{%- if is_incremental() %}

customer_history as (
    {{ sentinel.history_of_recomputed(
        transactions, 'customer_id', 'asked', changes, reach_days, reach_days
    ) }}
),

terminal_history as (
    {{ sentinel.history_of_recomputed(
        transactions, 'terminal_id', 'asked', changes, 7, reach_days
    ) }}
),
{%- endif %}

known_frauds as (
    select
        history.customer_id,
        history.transaction_at,
        labels.known_from,
        labels.known_until
    from labels
    inner join {{ customer_history }} as history
        on labels.transaction_id = history.transaction_id
    where labels.is_fraud
),

customer_windows as (
    {{ sentinel.trailing_aggregates(customer_history, 'customer_id', customer_aggregates) }}
),

customer_maximum as (
    {{ sentinel.trailing_earlier_maximum(
        customer_history, 'customer_id', 'reporting_amount', 'amount_max_30d', month
    ) }}
),

customer_terminal_windows as (
    {{ sentinel.trailing_aggregates(customer_history, ['customer_id', 'terminal_id'], [
        {'name': 'count_30d', 'function': 'count', 'window_seconds': month},
    ]) }}
),

customer_fraud_windows as (
    {{ sentinel.known_fraud_counts(customer_history, 'known_frauds', 'customer_id', [
        {'name': 'fraud_count', 'window_seconds': month, 'delay_seconds': delay * day},
    ]) }}
),

terminal_windows as (
    {{ sentinel.trailing_aggregates(terminal_history, 'terminal_id', [
        {'name': 'count_1d', 'function': 'count', 'window_seconds': day},
        {'name': 'count_7d', 'function': 'count', 'window_seconds': 7 * day},
    ]) }}
),

previous as (
    select
        transaction_id,
        transaction_at,
        terminal_latitude,
        terminal_longitude,
        lag(transaction_at) over (
            partition by customer_id order by transaction_at, transaction_id
        ) as previous_at,
        -- A web shop has no place: the card was last seen where it was last present.
        lag(transaction_at) over {{ among_located }} as located_at,
        lag(terminal_latitude) over {{ among_located }} as located_latitude,
        lag(terminal_longitude) over {{ among_located }} as located_longitude
    from {{ customer_history }}
),

-- A previous transaction longer ago than the windows reach is as good as none.
previous_within_reach as (
    select
        transaction_id,
        case
            when previous_at > {{ sentinel.seconds_later('transaction_at', -month) }}
                then {{ sentinel.seconds_between('previous_at', 'transaction_at') }}
        end as seconds_since_previous,
        case
            when located_at > {{ sentinel.seconds_later('transaction_at', -month) }}
                then {{ sentinel.seconds_between('located_at', 'transaction_at') }}
        end as seconds_since_located,
        case
            when located_at > {{ sentinel.seconds_later('transaction_at', -month) }}
                then {{ sentinel.great_circle_km(
                    'located_latitude', 'located_longitude',
                    'terminal_latitude', 'terminal_longitude',
                ) }}
        end as distance_km
    from previous
),

-- The transaction itself is in its window; "earlier" leaves it out.
earlier as (
    select
        asked.transaction_id,
        customer_windows.count_30d - 1 as transaction_count,
        cast(customer_windows.amount_30d - asked.reporting_amount as {{ sentinel.type_double() }})
            as amount_sum,
        -- n times the sum of squares less the square of the sum, in decimals: in floats what is
        -- left of equal amounts is noise, and a deviation is divided by it.
        cast(
            (customer_windows.count_30d - 1) * (customer_windows.squares_30d - asked.squared_amount)
            - (customer_windows.amount_30d - asked.reporting_amount)
            * (customer_windows.amount_30d - asked.reporting_amount)
            as {{ sentinel.type_double() }}
        ) as variance_numerator,
        customer_windows.located_30d - asked.is_located as located_count,
        cast(customer_windows.latitudes_30d - asked.latitude as {{ sentinel.type_double() }})
            as latitude_sum,
        cast(customer_windows.longitudes_30d - asked.longitude as {{ sentinel.type_double() }})
            as longitude_sum,
        customer_windows.small_1h
    from asked
    inner join customer_windows
        on asked.transaction_id = customer_windows.transaction_id
),

moments as (
    select
        *,
        case when transaction_count > 0 then amount_sum / transaction_count end as amount_mean,
        case
            when transaction_count > 1
                then sqrt(variance_numerator / transaction_count / (transaction_count - 1))
        end as amount_stddev,
        case when located_count > 0 then latitude_sum / located_count end as usual_latitude,
        case when located_count > 0 then longitude_sum / located_count end as usual_longitude
    from earlier
),

final as (
    select
        asked.transaction_id,
        asked.customer_id,
        asked.terminal_id,
        cast(moments.transaction_count as bigint) as customer_earlier_transaction_count_30d,
        moments.amount_mean as customer_earlier_amount_mean_30d,
        moments.amount_stddev as customer_earlier_amount_stddev_30d,
        cast(customer_maximum.amount_max_30d as decimal(18, 2)) as customer_earlier_amount_max_30d,
        case
            when moments.amount_mean > 0
                then cast(asked.reporting_amount as {{ sentinel.type_double() }}) / moments.amount_mean
        end as amount_to_customer_mean_ratio_30d,
        case
            when moments.amount_stddev > 0
                then (cast(asked.reporting_amount as {{ sentinel.type_double() }}) - moments.amount_mean)
                    / moments.amount_stddev
        end as amount_deviation_from_customer_mean_30d,
        cast(moments.small_1h as bigint) as customer_small_amount_count_1h,
        cast(previous_within_reach.seconds_since_previous as bigint)
            as customer_seconds_since_previous,
        previous_within_reach.distance_km as customer_distance_from_previous_km,
        previous_within_reach.distance_km * 3600 / case
            when previous_within_reach.seconds_since_located > 0
                then previous_within_reach.seconds_since_located
            else 1
        end as customer_speed_from_previous_km_per_hour,
        {{ sentinel.great_circle_km(
            'moments.usual_latitude', 'moments.usual_longitude',
            'asked.terminal_latitude', 'asked.terminal_longitude',
        ) }} as customer_distance_from_usual_km_30d,
        cast(customer_terminal_windows.count_30d - 1 as bigint)
            as customer_terminal_earlier_count_30d,
        coalesce(customer_fraud_windows.fraud_count, 0) as {{ sentinel.feature_name('customer', 'fraud_count', 30, delay) }},
        cast(terminal_windows.count_1d as bigint) as terminal_transaction_count_1d,
        cast(terminal_windows.count_7d as bigint) as terminal_transaction_count_7d,
        customer_terminal_windows.count_30d = 1 as is_first_terminal_use_30d,
        asked.transaction_at
    from asked
    inner join moments
        on asked.transaction_id = moments.transaction_id
    inner join customer_maximum
        on asked.transaction_id = customer_maximum.transaction_id
    inner join customer_terminal_windows
        on asked.transaction_id = customer_terminal_windows.transaction_id
    left join customer_fraud_windows
        on asked.transaction_id = customer_fraud_windows.transaction_id
    inner join terminal_windows
        on asked.transaction_id = terminal_windows.transaction_id
    inner join previous_within_reach
        on asked.transaction_id = previous_within_reach.transaction_id
)

select * from final
