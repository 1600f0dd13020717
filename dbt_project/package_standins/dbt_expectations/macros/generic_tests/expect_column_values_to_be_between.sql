{#- Returns the rows whose value is out of bounds; a null value passes. -#}
{% test expect_column_values_to_be_between(
    model, column_name, min_value=none, max_value=none, row_condition=none,
    strictly=false
) %}

    {{- dbt_expectations._outside_bounds(
        model,
        column_name,
        min_value,
        max_value,
        group_by=none,
        row_condition=row_condition,
        strictly=strictly,
    ) -}}

{% endtest %}
