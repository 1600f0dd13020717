{{
    config(
        incremental_strategy='replace',
        unique_key='transaction_id',
        event_time='transaction_at',
        post_hook="{{ sentinel.consume_batches() }}",
    )
}}
{%- set day = 86400 %}
{%- set windows = [1, 7, 30] %}
{%- set delay = var('label_delay_days') %}
{%- set batches = sentinel.take_batches({
    'transactions': [ref('int_transactions__versioned')],
    'fraud_labels': [ref('int_fraud_labels__deduplicated')],
}) %}
{%- set customer_aggregates = [] %}
{%- set terminal_aggregates = [] %}
{%- set terminal_frauds = [] %}
{%- for days in windows %}
    {%- do customer_aggregates.append({
        'name': sentinel.feature_name('customer', 'transaction_count', days),
        'function': 'count', 'window_seconds': days * day, 'delay_seconds': 0,
    }) %}
    {%- do customer_aggregates.append({
        'name': sentinel.feature_name('customer', 'amount_sum', days),
        'function': 'sum', 'expression': 'reporting_amount', 'window_seconds': days * day, 'delay_seconds': 0,
    }) %}
    {%- do terminal_aggregates.append({
        'name': sentinel.feature_name('terminal', 'transaction_count', days, delay),
        'function': 'count', 'window_seconds': days * day, 'delay_seconds': delay * day,
    }) %}
    {%- do terminal_frauds.append({
        'name': sentinel.feature_name('terminal', 'fraud_count', days, delay),
        'window_seconds': days * day, 'delay_seconds': delay * day,
    }) %}
{%- endfor %}
{%- set changes = sentinel.changes_of(batches) %}
{%- set reach_days = windows[-1] + delay %}
{%- set customer_history = 'customer_history' if is_incremental() else 'asked' %}
{%- set terminal_history = 'terminal_history' if is_incremental() else 'asked' %}
{%- set transactions -%}
    select transaction_id, customer_id, terminal_id, reporting_amount, transaction_at
    from {{ ref('int_transactions__enriched') }}
{%- endset %}

with labels as (
    select * from {{ ref('int_fraud_labels__deduplicated') }}
),
{%- if is_incremental() %}

recomputed as (
    {{ sentinel.recomputed_transactions(
        changes, customer_reach_days=windows[-1], terminal_reach_days=reach_days
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
        transactions, 'customer_id', 'asked', changes, windows[-1], reach_days
    ) }}
),

terminal_history as (
    {{ sentinel.history_of_recomputed(
        transactions, 'terminal_id', 'asked', changes, reach_days, reach_days
    ) }}
),
{%- endif %}

known_frauds as (
    select
        history.terminal_id,
        history.transaction_at,
        labels.known_from,
        labels.known_until
    from labels
    inner join {{ terminal_history }} as history
        on labels.transaction_id = history.transaction_id
    where labels.is_fraud
),

trailing_windows as (
    {{ sentinel.trailing_aggregates_by_entity('asked', [
        {'entity': 'customer_id', 'events': customer_history, 'aggregates': customer_aggregates},
        {'entity': 'terminal_id', 'events': terminal_history, 'aggregates': terminal_aggregates},
    ], carried=['customer_id', 'terminal_id', 'transaction_at']) }}
),

terminal_fraud_windows as (
    {{ sentinel.known_fraud_counts(
        terminal_history, 'known_frauds', 'terminal_id', terminal_frauds
    ) }}
),

final as (
    select
        trailing_windows.transaction_id,
        trailing_windows.customer_id,
        trailing_windows.terminal_id,
        {%- for days in windows %}
        cast(trailing_windows.{{ sentinel.feature_name('customer', 'transaction_count', days) }} as bigint)
            as {{ sentinel.feature_name('customer', 'transaction_count', days) }},
        {%- endfor %}
        {%- for days in windows %}
        cast(trailing_windows.{{ sentinel.feature_name('customer', 'amount_sum', days) }} as {{ sentinel.type_double() }})
            / trailing_windows.{{ sentinel.feature_name('customer', 'transaction_count', days) }}
            as {{ sentinel.feature_name('customer', 'amount_mean', days) }},
        {%- endfor %}
        {%- for days in windows %}
        {%- set count = 'trailing_windows.' ~ sentinel.feature_name('terminal', 'transaction_count', days, delay) %}
        cast({{ count }} as bigint)
            as {{ sentinel.feature_name('terminal', 'transaction_count', days, delay) }},
        {%- endfor %}
        {%- for days in windows %}
        {%- set count = 'trailing_windows.' ~ sentinel.feature_name('terminal', 'transaction_count', days, delay) %}
        case
            when {{ count }} = 0 then 0
            else cast(
                coalesce(terminal_fraud_windows.{{ sentinel.feature_name('terminal', 'fraud_count', days, delay) }}, 0)
                as {{ sentinel.type_double() }}
            ) / {{ count }}
        end as {{ sentinel.feature_name('terminal', 'fraud_rate', days, delay) }},
        {%- endfor %}
        {{ sentinel.is_weekend('trailing_windows.transaction_at') }} as is_weekend,
        extract(hour from trailing_windows.transaction_at) <= 6 as is_night,
        trailing_windows.transaction_at
    from trailing_windows
    {%- if is_incremental() %}
    inner join asked
        on trailing_windows.transaction_id = asked.transaction_id
    {%- endif %}
    left join terminal_fraud_windows
        on trailing_windows.transaction_id = terminal_fraud_windows.transaction_id
)

select * from final
