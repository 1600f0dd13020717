{#- Condition, to be added to one on a time, that keeps the engine from opening parts of a table in which
    that time cannot be; nothing where it knows by itself.

    Arguments:
        column: the time that the table is kept by, with its table's name in front if there is one.
        from_at, to_at: first and last time, as Python datetimes. -#}
{% macro in_parts(column, from_at, to_at) %}
    {{- adapter.dispatch('in_parts', 'sentinel')(column, from_at, to_at) -}}
{% endmacro %}


{% macro default__in_parts(column, from_at, to_at) -%}
{%- endmacro %}


{% macro spark__in_parts(column, from_at, to_at) %}
    {%- for part in sentinel.engine_columns() %}
        {%- set month = (column.split('.')[:-1] + [part]) | join('.') %}
        and {{ month }} >= '{{ from_at.strftime("%Y-%m") }}' and {{ month }} <= '{{ to_at.strftime("%Y-%m") }}'
    {%- endfor %}
{%- endmacro %}
