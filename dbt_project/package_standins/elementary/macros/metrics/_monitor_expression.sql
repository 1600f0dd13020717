{#- The SQL aggregate of one monitor of a column. Percentages have three decimals. -#}
{% macro _monitor_expression(monitor, column) %}

    {%- set number = elementary._double(column) -%}
    {%- set is_null = column ~ " is null" -%}
    {%- set is_zero = column ~ " is null or " ~ column ~ " = 0" -%}
    {%- set is_missing = column ~ " is null or trim(" ~ column ~ ") = ''"
        ~ " or lower(" ~ column ~ ") = 'null'" -%}
    {%- set counted = {
        "null_count": is_null,
        "zero_count": is_zero,
        "missing_count": is_missing,
        "count_true": column,
        "count_false": "not " ~ column,
    } -%}
    {%- set shares = {
        "null_percent": is_null,
        "not_null_percent": "not (" ~ is_null ~ ")",
        "zero_percent": is_zero,
        "not_zero_percent": "not (" ~ is_zero ~ ")",
        "missing_percent": is_missing,
        "not_missing_percent": "not (" ~ is_missing ~ ")",
    } -%}
    {%- set aggregates = {
        "min": "min(" ~ number ~ ")",
        "max": "max(" ~ number ~ ")",
        "sum": "sum(" ~ number ~ ")",
        "average": "avg(" ~ number ~ ")",
        "standard_deviation": "stddev_samp(" ~ number ~ ")",
        "variance": "var_samp(" ~ number ~ ")",
        "min_length": "min(length(" ~ column ~ "))",
        "max_length": "max(length(" ~ column ~ "))",
        "average_length": "avg(" ~ elementary._double("length(" ~ column ~ ")") ~ ")",
    } -%}
    {%- if monitor in counted -%}
        {{- return("sum(case when " ~ counted[monitor] ~ " then 1 else 0 end)") -}}
    {%- elif monitor in shares -%}
        {{- return("round(avg(case when " ~ shares[monitor] ~ " then 100.0 else 0.0 end), 3)") -}}
    {%- endif -%}
    {{- return(aggregates[monitor]) -}}

{% endmacro %}
