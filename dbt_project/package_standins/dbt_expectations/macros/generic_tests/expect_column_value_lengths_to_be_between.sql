{#- Returns the rows whose text is too short or too long, in characters; a null passes. -#}
{% test expect_column_value_lengths_to_be_between(
    model, column_name, min_value=none, max_value=none, row_condition=none,
    strictly=false
) %}

    {{- dbt_expectations._outside_bounds(
        model,
        dbt.length(column_name),
        min_value,
        max_value,
        group_by=none,
        row_condition=row_condition,
        strictly=strictly,
    ) -}}

{% endtest %}
