{#- Whole seconds from one timestamp to a later one. -#}
{% macro seconds_between(earlier, later) -%}
    {{ dbt.datediff(earlier, later, 'second') }}
{%- endmacro %}
