{#- Whether a UTC timestamp falls on a Saturday or Sunday. -#}
{% macro is_weekend(timestamp) %}
    {{- return(adapter.dispatch('is_weekend', 'sentinel')(timestamp)) -}}
{% endmacro %}


{% macro default__is_weekend(timestamp) -%}
    (extract(dow from {{ timestamp }}) in (0, 6))
{%- endmacro %}


{% macro spark__is_weekend(timestamp) -%}
    (dayofweek({{ timestamp }}) in (1, 7))
{%- endmacro %}
