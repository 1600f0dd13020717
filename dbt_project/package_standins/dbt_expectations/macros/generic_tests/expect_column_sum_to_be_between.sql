{#- Returns the table, or each group, whose sum is out of bounds. -#}
{% test expect_column_sum_to_be_between(
    model, column_name, min_value=none, max_value=none, group_by=none, row_condition=none,
    strictly=false
) %}

    {{- dbt_expectations._outside_bounds(
        model,
        "sum(" ~ column_name ~ ")",
        min_value,
        max_value,
        group_by=group_by,
        row_condition=row_condition,
        strictly=strictly,
    ) -}}

{% endtest %}
