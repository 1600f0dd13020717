{#- Post-hook that deletes the rows of a model's own table that fulfil a condition. -#}
{% macro delete_rows(relation, condition) %}
    {%- if execute %}
        {{- return(adapter.dispatch('delete_rows', 'sentinel')(relation, condition)) -}}
    {%- endif %}
{% endmacro %}


{% macro default__delete_rows(relation, condition) -%}
    delete from {{ relation }} where {{ condition }}
{%- endmacro %}


{#- From Parquet nothing can be deleted. The whole table is written anew: for small ones that are not kept
    by month. -#}
{% macro spark__delete_rows(relation, condition) %}
    {%- if sentinel.spark_table_format() == 'iceberg' %}
        {{- return(sentinel.default__delete_rows(relation, condition)) -}}
    {%- endif %}
    {%- if run_query('select count(*) from ' ~ relation ~ ' where ' ~ condition).columns[0][0] %}
        {%- do sentinel.replace_parts(relation, 'select * from ' ~ relation ~ ' where not (' ~ condition ~ ')') %}
    {%- endif %}
{% endmacro %}
