{#- A `{period, count}` in whole days, rounded up; a month counts 30. Without a period, the count is
    in days. -#}
{% macro _days(duration) %}

    {%- set hours = {"hour": 1, "day": 24, "week": 168, "month": 720} -%}
    {%- set period = duration.get("period") or "day" -%}
    {%- if period not in hours or duration.get("count") is not number -%}
        {{ exceptions.raise_compiler_error(
            "expected {period: hour, day, week or month, count: <number>}, got " ~ duration
        ) }}
    {%- endif -%}
    {{- return((duration["count"] * hours[period] / 24) | round(0, "ceil") | int) -}}

{% endmacro %}
