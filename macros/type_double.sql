{#- Name of the eight-byte floating type. -#}
{% macro type_double() %}
    {{- return(adapter.dispatch('type_double', 'sentinel')()) -}}
{% endmacro %}


{% macro default__type_double() -%}
    double precision
{%- endmacro %}


{% macro duckdb__type_double() -%}
    double
{%- endmacro %}


{% macro spark__type_double() -%}
    double
{%- endmacro %}
