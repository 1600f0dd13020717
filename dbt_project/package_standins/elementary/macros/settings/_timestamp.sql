{#- A datetime, or an expression, as a SQL timestamp without time zone. -#}
{% macro _timestamp(value) %}

    {%- set expression = value if value is string
        else "'" ~ value.strftime("%Y-%m-%d %H:%M:%S") ~ "'" -%}
    {{- return("cast(" ~ expression ~ " as " ~ dbt.type_timestamp() ~ ")") -}}

{% endmacro %}
