{#- Columns that the engine keeps its tables by and that no model names: a list, of none where there are no
    such columns. A view that is read by time hands them on, or those who read it read all of history. -#}
{% macro engine_columns() %}
    {{- return(adapter.dispatch('engine_columns', 'sentinel')()) -}}
{% endmacro %}


{% macro default__engine_columns() %}
    {{- return([]) -}}
{% endmacro %}


{#- The month of a model's `event_time`. Iceberg keeps tables by it without a column. -#}
{% macro spark__engine_columns() %}
    {{- return(['_event_month'] if sentinel.spark_table_format() == 'parquet' else []) -}}
{% endmacro %}
