{#- Returns the table, or each group, whose number of distinct values over its number of non-null
    values is out of bounds; where there is no value at all, the proportion is 1. -#}
{% test expect_column_proportion_of_unique_values_to_be_between(
    model, column_name, min_value=none, max_value=none, group_by=none, row_condition=none,
    strictly=false
) %}

    {%- set distinct_count = dbt_expectations._double("count(distinct " ~ column_name ~ ")") -%}
    {%- set value_count = "nullif(count(" ~ column_name ~ "), 0)" -%}
    {%- set proportion = "coalesce(" ~ distinct_count ~ " / " ~ value_count ~ ", 1)" -%}

    {{- dbt_expectations._outside_bounds(
        model,
        proportion,
        min_value,
        max_value,
        group_by=group_by,
        row_condition=row_condition,
        strictly=strictly,
    ) -}}

{% endtest %}
