{#- What `create table` says behind the columns of a table from which rows are to be deleted; nothing where
    every table is one. -#}
{% macro changeable_table() %}
    {{- return(adapter.dispatch('changeable_table', 'sentinel')()) -}}
{% endmacro %}


{% macro default__changeable_table() %}
    {{- return('') -}}
{% endmacro %}


{% macro spark__changeable_table() %}
    {{- return(' using ' ~ sentinel.spark_table_format()) -}}
{% endmacro %}
