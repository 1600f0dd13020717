{#- A query for the rows or groups whose expression lies outside the bounds; bounds are SQL. -#}
{% macro _outside_bounds(
    model, expression, min_value, max_value, group_by=none, row_condition=none, strictly=false
) %}

    {%- set or_equal = "" if strictly else "=" -%}
    {%- set bounds = [] -%}
    {%- if min_value is not none -%}
        {%- do bounds.append(expression ~ " >" ~ or_equal ~ " " ~ min_value) -%}
    {%- endif -%}
    {%- if max_value is not none -%}
        {%- do bounds.append(expression ~ " <" ~ or_equal ~ " " ~ max_value) -%}
    {%- endif -%}
    {%- if not bounds -%}
        {{ exceptions.raise_compiler_error(
            "a bound is missing for " ~ expression ~ ": give min_value, max_value or both"
        ) }}
    {%- endif -%}

    {{- dbt_expectations._violations(
        model, "(" ~ bounds | join(" and ") ~ ")", group_by, row_condition
    ) -}}

{% endmacro %}
