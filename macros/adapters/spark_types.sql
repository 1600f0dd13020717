{#- A type as a contract names it, by Spark's name: text has no length there, and precision is said
    otherwise. -#}
{% macro spark_type(type) %}
    {%- set type = type | lower | trim -%}
    {{- return({'varchar': 'string', 'text': 'string', 'double precision': 'double'}.get(type, type)) -}}
{% endmacro %}


{#- By which dbt asks for the types of a contract's columns. -#}
{% macro spark__cast(expression, data_type) -%}
    cast({{ expression }} as {{ sentinel.spark_type(data_type) }})
{%- endmacro %}
