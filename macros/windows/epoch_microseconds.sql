{#- A timestamp as a whole number of microseconds since 1970, UTC. -#}
{% macro epoch_microseconds(timestamp) %}
    {{- return(adapter.dispatch('epoch_microseconds', 'sentinel')(timestamp)) -}}
{% endmacro %}


{% macro default__epoch_microseconds(timestamp) -%}
    (cast(extract(epoch from {{ timestamp }}) as bigint) * 1000000
        + cast(extract(microseconds from {{ timestamp }}) as bigint) % 1000000)
{%- endmacro %}


{#- Not by `extract`, which keeps whole seconds there. -#}
{% macro redshift__epoch_microseconds(timestamp) -%}
    datediff(microsecond, cast('1970-01-01' as timestamp), {{ timestamp }})
{%- endmacro %}


{% macro duckdb__epoch_microseconds(timestamp) -%}
    epoch_us({{ timestamp }})
{%- endmacro %}


{% macro spark__epoch_microseconds(timestamp) -%}
    unix_micros({{ timestamp }})
{%- endmacro %}
