{#- Returns the rows whose text has another length, in characters; a null passes. -#}
{% test expect_column_value_lengths_to_equal(model, column_name, value, row_condition=none) %}

    {{- dbt_expectations._violations(
        model, "(" ~ dbt.length(column_name) ~ " = " ~ value ~ ")", row_condition=row_condition
    ) -}}

{% endtest %}
