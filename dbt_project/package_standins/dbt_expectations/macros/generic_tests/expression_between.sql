{#- Returns the rows, or each group, whose expression is out of bounds. -#}
{% test expression_between(
    model, expression, min_value=none, max_value=none, group_by_columns=none, row_condition=none,
    strictly=false
) %}

    {{- dbt_expectations._outside_bounds(
        model,
        expression,
        min_value,
        max_value,
        group_by=group_by_columns,
        row_condition=row_condition,
        strictly=strictly,
    ) -}}

{% endtest %}
