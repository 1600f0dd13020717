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
        {%- set paths = sentinel.files_of_batches(batch_ids) %}
        {%- set lake = sentinel.lake_location() %}
        {%- if paths %}
        and _file in ('{{ lake }}/{{ paths | join("', '" ~ lake ~ "/") }}')
        {%- endif %}
    {%- endif %}
{% endmacro %}
