{#- The expression as a 64-bit float; `float` alone is 32 bits wide on DuckDB and Spark. -#}
{% macro _double(expression) %}
    {{- return(adapter.dispatch("_double", "elementary")(expression)) -}}
{% endmacro %}

{% macro default___double(expression) %}
    {{- return("cast(" ~ expression ~ " as double precision)") -}}
{% endmacro %}

{% macro spark___double(expression) %}
    {{- return("cast(" ~ expression ~ " as double)") -}}
{% endmacro %}
