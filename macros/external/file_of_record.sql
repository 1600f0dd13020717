{#- The file of the lake that a record was read from: what engines prune by when only some are needed. -#}
{% macro file_of_record() %}
    {{- return(adapter.dispatch('file_of_record', 'sentinel')()) -}}
{% endmacro %}


{% macro default__file_of_record() -%}
    _file
{%- endmacro %}
