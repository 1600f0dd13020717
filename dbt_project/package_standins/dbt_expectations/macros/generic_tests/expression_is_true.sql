{#- Returns the rows, or each group, for which the expression does not meet the condition. -#}
{% test expression_is_true(
    model, expression, test_condition="= true", group_by_columns=none, row_condition=none
) %}

    {{- dbt_expectations._violations(
        model, expression, group_by_columns, row_condition, condition=test_condition
    ) -}}

{% endtest %}
