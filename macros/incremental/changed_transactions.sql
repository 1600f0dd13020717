{#- What a batch changed: each transaction it delivered or reported about, with the customer, terminal
    and time of that version and of every version it may have replaced. Written down once, by the
    model that takes the batch first, so that the models after it need not look through all of
    history for the same few identifiers, and know as literals how far in time they have to look. -#}


{#- Writes down what the given batches of transactions change. Called by the model that keeps every
    version, before its rows are replaced. -#}
{% macro note_delivered_transactions(batch_ids) %}
    {%- if batch_ids and sentinel.is_building() and is_incremental() %}
        {%- set delivered -%}
            select _batch_id, transaction_id, customer_id, terminal_id, transaction_at
            from {{ ref('stg_raw__transactions') }}
            where {{ sentinel.delivered_in(batch_ids, 'transaction_date') }}
        {%- endset %}
        {%- set replaced -%}
            select delivered._batch_id, before.transaction_id, before.customer_id, before.terminal_id,
                before.transaction_at
            from {{ this }} as before
            inner join (select distinct _batch_id, transaction_id from ({{ delivered }}) as arrived) as delivered
                on before.transaction_id = delivered.transaction_id
        {%- endset %}
        {%- do sentinel.note_changes(batch_ids, delivered ~ ' union all ' ~ replaced) %}
    {%- endif %}
{% endmacro %}


{#- Writes down which transactions the given batches of labels are about. One that has not been
    taken in yet is not among them: its own batch will be. -#}
{% macro note_reported_transactions(batch_ids) %}
    {%- if batch_ids and sentinel.is_building() and is_incremental() %}
        {%- set reports -%}
            select distinct _batch_id, transaction_id from {{ ref('stg_raw__fraud_labels') }}
            where {{ sentinel.delivered_in(batch_ids, 'reported_date') }}
        {%- endset %}
        {%- do sentinel.note_changes(
            batch_ids,
            'select reports._batch_id, reported.transaction_id, reported.customer_id, '
            ~ 'reported.terminal_id, reported.transaction_at from '
            ~ ref('int_transactions__versioned') ~ ' as reported inner join (' ~ reports
            ~ ') as reports on reported.transaction_id = reports.transaction_id'
        ) %}
    {%- endif %}
{% endmacro %}


{#- A batch that changes nothing is written down as well, by a row without a transaction: otherwise
    it could not be told from one that nobody wrote down. -#}
{% macro note_changes(batch_ids, changes=none) %}
    {%- set table = sentinel.run_log_schema() ~ '.changed_transactions' %}
    {%- set now = dbt.current_timestamp() %}
    {%- do sentinel.forget_changes(table, batch_ids) %}
    {%- for some in batch_ids | batch(1000) %}
        {%- set rows = [] %}
        {%- for batch_id in some %}
            {%- do rows.append("('" ~ batch_id ~ "', null, null, null, null, " ~ now ~ ')') %}
        {%- endfor %}
        {%- do sentinel.run_statement('insert into ' ~ table ~ ' values ' ~ rows | join(', ')) %}
    {%- endfor %}
    {%- if changes %}
        {%- do sentinel.run_statement(
            'insert into ' ~ table ~ ' select _batch_id, transaction_id, customer_id, terminal_id, '
            ~ 'transaction_at, ' ~ now ~ ' from (' ~ changes ~ ') as noted'
        ) %}
    {%- endif %}
{% endmacro %}


{#- Removes what was noted when the batches were taken before. -#}
{% macro forget_changes(table, batch_ids) %}
    {{- adapter.dispatch('forget_changes', 'sentinel')(table, batch_ids) -}}
{% endmacro %}


{% macro default__forget_changes(table, batch_ids) %}
    {%- do sentinel.run_statement('delete from ' ~ table ~ ' where ' ~ sentinel.in_batches('batch_id', batch_ids)) %}
{% endmacro %}


{#- Tables of Parquet files only grow. What is noted twice is looked at once more. -#}
{% macro spark__forget_changes(table, batch_ids) %}
    {%- if sentinel.spark_table_format() == 'iceberg' %}
        {%- do sentinel.default__forget_changes(table, batch_ids) %}
    {%- endif %}
{% endmacro %}


{#- What is known about the changes that the given batches make.

    Arguments:
        batches: dictionary from take_batches.

    Returns a dictionary with
        noted: batch ids whose changes are written down,
        unnoted: dictionary of dataset to the other batch ids, which were taken by a full build, or
            change more than transactions they name (terminals),
        from_at, to_at: first and last time of a noted change, or none when there are unnoted ones,
            or when this is a full build: then nothing is known about time. -#}
{% macro changes_of(batches) %}
    {%- set unnoted = {} %}
    {%- set changes = {'noted': [], 'unnoted': unnoted, 'from_at': none, 'to_at': none} %}
    {%- if not (sentinel.is_building() and is_incremental()) %}
        {%- do unnoted.update(batches) %}
        {{- return(changes) -}}
    {%- endif %}
    {%- set table = sentinel.run_log_schema() ~ '.changed_transactions' %}
    {%- set notable = batches.get('transactions', []) + batches.get('fraud_labels', []) %}
    {%- set instant = sentinel.epoch_microseconds('transaction_at') %}
    {%- set noted = run_query(
        'select batch_id, min(' ~ instant ~ '), max(' ~ instant ~ ') from ' ~ table ~ ' where '
        ~ sentinel.in_batches('batch_id', notable) ~ ' group by batch_id'
    ).rows if notable else [] %}
    {%- do changes.noted.extend(noted | map(attribute=0)) %}
    {%- for dataset, batch_ids in batches.items() %}
        {%- set others = batch_ids | reject('in', changes.noted) | list %}
        {%- if others %}{%- do unnoted.update({dataset: others}) %}{%- endif %}
    {%- endfor %}
    {%- if not unnoted %}
        {%- set epoch = modules.datetime.datetime(1970, 1, 1) %}
        {%- set first = noted | map(attribute=1) | reject('none') | min | default(0, true) | int %}
        {%- set last = noted | map(attribute=2) | reject('none') | max | default(0, true) | int %}
        {%- do changes.update({
            'from_at': epoch + modules.datetime.timedelta(microseconds=first),
            'to_at': epoch + modules.datetime.timedelta(microseconds=last),
        }) %}
    {%- endif %}
    {{- return(changes) -}}
{% endmacro %}


{#- Condition that a time is no further from the changes than something can reach, in literals, so
    that engines skip what lies outside; true for every time where nothing is known.

    Arguments:
        column: the time; of a model that is kept by it, or of a view on one.
        changes: dictionary from changes_of.
        days_before, days_after: the reach.
        is_stored: false for a CTE, which has none of the engine's own columns. -#}
{% macro in_reach(column, changes, days_before=0, days_after=0, is_stored=true) %}
    {%- if changes.from_at is none -%}
        1 = 1
    {%- else -%}
        {%- set from_at = changes.from_at - modules.datetime.timedelta(days=days_before) -%}
        {%- set to_at = changes.to_at + modules.datetime.timedelta(days=days_after) -%}
        {{ column }} >= {{ sentinel.timestamp_literal(from_at) }}
        and {{ column }} <= {{ sentinel.timestamp_literal(to_at) }}
        {{- sentinel.in_parts(column, from_at, to_at) if is_stored }}
    {%- endif -%}
{% endmacro %}


{#- A Python datetime as a timestamp of every engine. -#}
{% macro timestamp_literal(at) -%}
    cast('{{ at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
{%- endmacro %}
