{#- Condition that a batch column is one of the given batches, as literals so that engines prune. -#}
{% macro in_batches(column, batch_ids) %}
    {%- if batch_ids -%}
        {{ column }} in ('{{ batch_ids | join("', '") }}')
    {%- else -%}
        1 = 0
    {%- endif -%}
{% endmacro %}


{#- The same for records as they lie in the lake, whose files are named as well where the engine
    then opens no others. -#}
{% macro delivered_in(batch_ids) %}
    {{- return(adapter.dispatch('delivered_in', 'sentinel')(batch_ids)) -}}
{% endmacro %}


{% macro default__delivered_in(batch_ids) %}
    {{- sentinel.in_batches('_batch_id', batch_ids) -}}
{% endmacro %}


{% macro duckdb__delivered_in(batch_ids) %}
    {{- sentinel.in_batches('_batch_id', batch_ids) -}}
    {%- if batch_ids and execute %}
        {%- set paths = run_query(
            'select path from ' ~ target.database ~ '.lake.live_files where '
            ~ sentinel.in_batches('batch_id', batch_ids)
            ~ ' or (batch_id is null and (dataset, event_date) in (select (entry.dataset, file.event_date) from '
            ~ target.database ~ '.lake.ledger_entries as entry, unnest(entry.files) as each (file) where '
            ~ sentinel.in_batches('entry.batch_id', batch_ids) ~ '))'
        ).columns[0].values() | list %}
        {%- set lake = sentinel.lake_location() %}
        {%- if paths %}
        and _file in ('{{ lake }}/{{ paths | join("', '" ~ lake ~ "/") }}')
        {%- endif %}
    {%- endif %}
{% endmacro %}
