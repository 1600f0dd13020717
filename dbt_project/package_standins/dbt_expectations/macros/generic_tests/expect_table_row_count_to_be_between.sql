{#- Returns the table, or each group, with too few or too many rows. -#}
{% test expect_table_row_count_to_be_between(
    model, min_value=none, max_value=none, group_by=none, row_condition=none, strictly=false
) %}

    {{- dbt_expectations._outside_bounds(
        model,
        "count(*)",
        min_value,
        max_value,
        group_by=group_by,
        row_condition=row_condition,
        strictly=strictly,
    ) -}}

{% endtest %}
