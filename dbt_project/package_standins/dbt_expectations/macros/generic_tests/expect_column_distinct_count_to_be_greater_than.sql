{#- Returns the table, or each group, without more than `value` distinct non-null values. -#}
{% test expect_column_distinct_count_to_be_greater_than(
    model, column_name, value, group_by=none, row_condition=none
) %}

    {{- dbt_expectations._violations(
        model, "(count(distinct " ~ column_name ~ ") > " ~ value ~ ")", group_by, row_condition
    ) -}}

{% endtest %}
