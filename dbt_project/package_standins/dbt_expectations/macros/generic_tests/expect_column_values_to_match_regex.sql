{#- Returns the rows in whose text the pattern is not found (anchor it with ^ and $ to match the
    whole text); a null passes. -#}
{% test expect_column_values_to_match_regex(
    model, column_name, regex, row_condition=none, is_raw=false, flags=""
) %}

    {{- dbt_expectations._violations(
        model,
        "(" ~ dbt_expectations._matches_regex(column_name, regex, is_raw, flags) ~ ")",
        row_condition=row_condition,
    ) -}}

{% endtest %}
