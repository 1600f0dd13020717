{#- Returns the table, or each group, whose mean is out of bounds. The mean is taken in floating
    point, because Redshift cuts an average of integers to an integer. -#}
{% test expect_column_mean_to_be_between(
    model, column_name, min_value=none, max_value=none, group_by=none, row_condition=none,
    strictly=false
) %}

    {{- dbt_expectations._outside_bounds(
        model,
        "avg(" ~ dbt_expectations._double(column_name) ~ ")",
        min_value,
        max_value,
        group_by=group_by,
        row_condition=row_condition,
        strictly=strictly,
    ) -}}

{% endtest %}
