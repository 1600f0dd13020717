{#- Condition that a batch column is one of the given batches, as literals so that engines prune. -#}
{% macro in_batches(column, batch_ids) %}
    {%- if batch_ids -%}
        {{ column }} in ('{{ batch_ids | join("', '") }}')
    {%- else -%}
        1 = 0
    {%- endif -%}
{% endmacro %}


{#- The same for records as they lie in the lake, with their files or the dates of their folders where
    the engine then opens no others.

    Arguments:
        batch_ids: the batches.
        event_date: column with the date of a record's folder. -#}
{% macro delivered_in(batch_ids, event_date) %}
    {{- return(adapter.dispatch('delivered_in', 'sentinel')(batch_ids, event_date)) -}}
{% endmacro %}


{% macro default__delivered_in(batch_ids, event_date) %}
    {{- sentinel.in_batches('_batch_id', batch_ids) -}}
{% endmacro %}


{#- A compacted file lies where those lay that it replaced. -#}
{% macro spark__delivered_in(batch_ids, event_date) %}
    {{- sentinel.in_batches('_batch_id', batch_ids) -}}
    {%- if batch_ids and execute %}
        {%- set dates = run_query(
            'select distinct file.event_date from (select explode(files) as file from lake.ledger_entries where '
            ~ sentinel.in_batches('batch_id', batch_ids) ~ ') as delivered order by 1'
        ).columns[0].values() %}
        {%- if dates %}
        and {{ event_date }} in (date '{{ dates | join("', date '") }}')
        {%- endif %}
    {%- endif %}
{% endmacro %}


{% macro duckdb__delivered_in(batch_ids, event_date) %}
    {{- sentinel.in_batches('_batch_id', batch_ids) -}}
    {%- if batch_ids and execute %}
        {%- set paths = sentinel.files_of_batches(batch_ids) %}
        {%- set lake = sentinel.lake_location() %}
        {%- if paths %}
        and _file in ('{{ lake }}/{{ paths | join("', '" ~ lake ~ "/") }}')
        {%- endif %}
    {%- endif %}
{% endmacro %}
