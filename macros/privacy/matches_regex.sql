{#- Whether a text matches a regular expression somewhere; POSIX classes and groups only. -#}
{% macro matches_regex(expression, pattern) %}
    {{- return(adapter.dispatch('matches_regex', 'sentinel')(expression, pattern)) -}}
{% endmacro %}


{% macro default__matches_regex(expression, pattern) -%}
    {{ expression }} ~ '{{ pattern }}'
{%- endmacro %}


{% macro duckdb__matches_regex(expression, pattern) -%}
    regexp_matches({{ expression }}, '{{ pattern }}')
{%- endmacro %}


{% macro spark__matches_regex(expression, pattern) -%}
    {{ expression }} rlike '{{ pattern }}'
{%- endmacro %}
