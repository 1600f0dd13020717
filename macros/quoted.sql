{#- A text as a SQL literal; empty text becomes null. -#}
{% macro quoted(text) %}
    {%- set text = text | string -%}
    {{- return("'" ~ text.replace("'", "''") ~ "'" if text else 'null') -}}
{% endmacro %}
