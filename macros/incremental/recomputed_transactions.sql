{#- Select of the transaction_ids whose derived rows the given batches can change.

    A transaction's features depend on its own latest version, on its customer's and terminal's
    transactions in windows that end at it, and on labels. So from what the batches delivered
    (each delivered version, and each version it may have replaced, at the old customer, terminal
    and time as well) everything at the same customer or terminal from then until the longest
    window has passed is computed again. More than needed is harmless, less is not.

    Arguments:
        changes: dictionary from changes_of.
        customer_reach_days: longest window, delay included, of a customer feature; 0 for none.
        terminal_reach_days: the same for terminal features. -#}
{% macro recomputed_transactions(changes, customer_reach_days=0, terminal_reach_days=0) %}
    {%- set versions = ref('int_transactions__versioned') %}
    with changed as (
        {{ sentinel.changed_versions(changes) }}
    )

    select distinct transaction_id from changed
    {%- for entity, reach_days in {
        'customer_id': customer_reach_days, 'terminal_id': terminal_reach_days,
    }.items() if reach_days %}
    union
    select later.transaction_id
    from {{ versions }} as later
    inner join (
        select {{ entity }}, min(transaction_at) as from_at, max(transaction_at) as to_at
        from changed
        group by {{ entity }}
    ) as span
        on later.{{ entity }} = span.{{ entity }}
        and later.transaction_at >= span.from_at
        and later.transaction_at <= {{ sentinel.seconds_later('span.to_at', reach_days * 86400) }}
    where later.is_latest_version
        and {{ sentinel.in_reach('later.transaction_at', changes, days_after=reach_days) }}
    {%- endfor %}
{% endmacro %}


{#- Select of transaction_id, customer_id, terminal_id and transaction_at of what the given batches
    change: each version they delivered or may have replaced, and each transaction that they report
    about or that was made at a terminal whose record they bring. May hold a row more than once.

    Arguments:
        changes: dictionary from changes_of. -#}
{% macro changed_versions(changes) %}
    {%- set versions = ref('int_transactions__versioned') %}
    {%- set batches = changes.unnoted %}
    select transaction_id, customer_id, terminal_id, transaction_at
    from {{ sentinel.run_log_schema() }}.changed_transactions
    where {{ sentinel.in_batches('batch_id', changes.noted) }} and transaction_id is not null
    {%- if batches.get('transactions') %}
    union all
    select every_version.transaction_id, every_version.customer_id,
        every_version.terminal_id, every_version.transaction_at
    from {{ versions }} as every_version
    where every_version.transaction_id in (
        select delivered.transaction_id from {{ versions }} as delivered
        where {{ sentinel.in_batches('delivered._batch_id', batches['transactions']) }}
    )
    {%- endif %}
    {%- if batches.get('fraud_labels') %}
    union all
    select labelled.transaction_id, labelled.customer_id, labelled.terminal_id,
        labelled.transaction_at
    from {{ versions }} as labelled
    where labelled.is_latest_version and labelled.transaction_id in (
        select report.transaction_id from {{ ref('int_fraud_labels__deduplicated') }} as report
        where {{ sentinel.in_batches('report._batch_id', batches['fraud_labels']) }}
    )
    {%- endif %}
    {%- if batches.get('terminals') %}
    union all
    select placed.transaction_id, placed.customer_id, placed.terminal_id, placed.transaction_at
    from {{ versions }} as placed
    where placed.is_latest_version and placed.terminal_id in (
        select terminal.terminal_id from {{ ref('int_terminals__versioned') }} as terminal
        where {{ sentinel.in_batches('terminal._batch_id', batches['terminals']) }}
    )
    {%- endif %}
{% endmacro %}
