{#- Condition that a batch column is one of the given batches, as literals so that engines prune. -#}
{% macro in_batches(column, batch_ids) %}
    {%- if batch_ids -%}
        {{ column }} in ('{{ batch_ids | join("', '") }}')
    {%- else -%}
        1 = 0
    {%- endif -%}
{% endmacro %}
