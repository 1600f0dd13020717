{{
    config(
        materialized='incremental',
        incremental_strategy='replace',
        unique_key=['entity_kind', 'entity_id', 'hour_at'],
        event_time='hour_at',
        meta={'kept_where': 'transaction_count + fraud_report_count > 0'},
        post_hook="{{ sentinel.consume_batches() }}",
    )
}}
-- depends_on: {{ ref('int_terminals__versioned') }}
{%- set kinds = {
    'terminal': 'terminal_id', 'country': 'country_code', 'merchant_category': 'merchant_category_code',
} %}
{%- set hour = 1 / 24 %}
{%- set batches = sentinel.take_batches({
    'transactions': [ref('int_transactions__versioned')],
    'fraud_labels': [ref('int_fraud_labels__deduplicated')],
    'terminals': [ref('int_terminals__versioned')],
}) %}
{%- set changes = sentinel.changes_of(batches) %}
{#- Most micro-batches are about transactions that nobody has reported: they need not look for those
    that others reported in the same hours, which may be of any time. -#}
{%- set reports = sentinel.reports_about(changes) %}
{%- set touched = changes if not reports or changes.from_at is none else {
    'from_at': [changes.from_at, reports.from_at] | min, 'to_at': [changes.to_at, reports.to_at] | max,
} %}

with labels as (
    select
        transaction_id,
        is_fraud,
        known_until,
        {{ dbt.date_trunc('hour', 'known_from') }} as hour_at
    from {{ ref('int_fraud_labels__deduplicated') }}
),
{%- if is_incremental() %}

changed as (
    {{ sentinel.changed_versions(changes) }}
),

-- Hours in which a report about what changed was made: their reports are counted anew.
reported_hours as (
    select distinct hour_at from labels
    where transaction_id in (select transaction_id from changed)
),

-- Terminals are touched one by one. Of countries and categories every one in a touched hour is: which
-- one a replaced version or terminal record had need not be known, and there are few.
touched_terminals as (
    select
        'terminal' as entity_kind,
        terminal_id as entity_id,
        {{ dbt.date_trunc('hour', 'transaction_at') }} as hour_at
    from changed
    union
    select 'terminal' as entity_kind, changed.terminal_id as entity_id, labels.hour_at
    from changed
    inner join labels
        on changed.transaction_id = labels.transaction_id
),

touched_hours as (
    select distinct hour_at from touched_terminals
),
{%- endif %}

transactions as (
    select
        terminal_id,
        country_code,
        merchant_category_code,
        reporting_amount,
        {{ dbt.date_trunc('hour', 'transaction_at') }} as hour_at
    from {{ ref('int_transactions__enriched') }}
    where {{ sentinel.in_reach('transaction_at', touched, days_before=hour, days_after=hour) }}
        {%- if is_incremental() %}
        and {{ dbt.date_trunc('hour', 'transaction_at') }} in (select hour_at from touched_hours)
        {%- endif %}
),
{%- if reports or not is_incremental() %}

-- The first hour at whose end a transaction was known as fraud: a report that was reversed within
-- the hour does not count, a later reversal does not change what was known then.
known_frauds as (
    select transaction_id, min(hour_at) as hour_at
    from labels
    where is_fraud
        and (known_until is null or known_until >= {{ sentinel.seconds_later('hour_at', 3600) }})
    group by transaction_id
),

reported as (
    select
        transactions.terminal_id,
        transactions.country_code,
        transactions.merchant_category_code,
        known_frauds.hour_at
    from {{ ref('int_transactions__enriched') }} as transactions
    inner join known_frauds
        on transactions.transaction_id = known_frauds.transaction_id
    {%- if is_incremental() %}
    where known_frauds.hour_at in (select hour_at from reported_hours)
    {%- endif %}
),
{%- endif %}

events as (
    select
        terminal_id,
        country_code,
        merchant_category_code,
        1 as transaction_count,
        reporting_amount as transaction_amount,
        0 as fraud_report_count,
        hour_at
    from transactions
    {%- if reports or not is_incremental() %}
    union all
    select
        terminal_id,
        country_code,
        merchant_category_code,
        0 as transaction_count,
        0 as transaction_amount,
        1 as fraud_report_count,
        hour_at
    from reported
    {%- endif %}
),

counted as (
    {%- for kind, column in kinds.items() %}
    select
        cast('{{ kind }}' as {{ dbt.type_string() }}) as entity_kind,
        cast(events.{{ column }} as {{ dbt.type_string() }}) as entity_id,
        events.transaction_count,
        events.transaction_amount,
        events.fraud_report_count,
        events.hour_at
    from events
    {%- if is_incremental() and kind == 'terminal' %}
    inner join touched_terminals
        on events.terminal_id = touched_terminals.entity_id
        and events.hour_at = touched_terminals.hour_at
    {%- endif %}
    where events.{{ column }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- if is_incremental() %}

    union all

    -- What was there, by nothing: where nothing is left of it, the row goes. Reports that were made
    -- in other hours than those about what changed are as they were.
    select
        before.entity_kind,
        before.entity_id,
        0 as transaction_count,
        0 as transaction_amount,
        case when reported_hours.hour_at is null then before.fraud_report_count else 0 end
            as fraud_report_count,
        before.hour_at
    from {{ this }} as before
    left join reported_hours
        on before.hour_at = reported_hours.hour_at
    left join touched_terminals
        on before.entity_kind = touched_terminals.entity_kind
        and before.entity_id = touched_terminals.entity_id
        and before.hour_at = touched_terminals.hour_at
    where {{ sentinel.in_reach('before.hour_at', touched, days_before=hour, days_after=hour) }}
        and before.hour_at in (select hour_at from touched_hours)
        and (before.entity_kind <> 'terminal' or touched_terminals.entity_id is not null)
    {%- endif %}
),

final as (
    select
        entity_kind,
        entity_id,
        cast(sum(transaction_count) as bigint) as transaction_count,
        cast(sum(transaction_amount) as decimal(18, 2)) as transaction_amount,
        cast(sum(fraud_report_count) as bigint) as fraud_report_count,
        hour_at
    from counted
    group by entity_kind, entity_id, hour_at
)

select * from final
