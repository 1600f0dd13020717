{#- A timestamp moved by a whole number of seconds. -#}
{% macro seconds_later(timestamp, seconds) %}
    {{- return(adapter.dispatch('seconds_later', 'sentinel')(timestamp, seconds)) -}}
{% endmacro %}


{% macro default__seconds_later(timestamp, seconds) -%}
    {{ dbt.dateadd('second', seconds, timestamp) }}
{%- endmacro %}


{% macro duckdb__seconds_later(timestamp, seconds) -%}
    ({{ timestamp }} + interval '{{ seconds }} seconds')
{%- endmacro %}


{% macro spark__seconds_later(timestamp, seconds) -%}
    ({{ timestamp }} + interval '{{ seconds }}' second)
{%- endmacro %}
