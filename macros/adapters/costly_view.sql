{#- Materialisation of a view that is costly to plan: Spark plans it anew for every test on it and on what
    rests on it, for a quarter of a minute each, and has no micro-batches for which it must be current. -#}
{% macro costly_view() %}
    {{- return(adapter.dispatch('costly_view', 'sentinel')()) -}}
{% endmacro %}


{% macro default__costly_view() %}
    {{- return('view') -}}
{% endmacro %}


{% macro spark__costly_view() %}
    {{- return('table') -}}
{% endmacro %}
