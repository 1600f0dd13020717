{#- The monitors of a family of types, or with `defaults_only` those of a test that names none. -#}
{% macro _monitors(family, defaults_only=false) %}

    {%- set monitors = ["null_count", "null_percent"] -%}
    {%- set on_request = ["not_null_percent"] -%}
    {%- if family == "numeric" -%}
        {%- do monitors.extend(["min", "max", "zero_count", "zero_percent", "average",
            "standard_deviation", "variance"]) -%}
        {%- do on_request.extend(["not_zero_percent", "sum"]) -%}
    {%- elif family == "string" -%}
        {%- do monitors.extend(["min_length", "max_length", "average_length", "missing_count",
            "missing_percent"]) -%}
        {%- do on_request.extend(["not_missing_percent"]) -%}
    {%- elif family == "boolean" -%}
        {%- do monitors.extend(["count_true", "count_false"]) -%}
    {%- endif -%}
    {{- return(monitors if defaults_only else monitors + on_request) -}}

{% endmacro %}
