{#- Returns the rows whose value is not in the set; a null is not in it. With `quote_values` the
    values are text, otherwise SQL expressions. -#}
{% test expect_column_values_to_be_in_set(
    model, column_name, value_set, quote_values=true, row_condition=none
) %}

    {%- set members = [] -%}
    {%- for value in value_set -%}
        {%- do members.append(
            "cast('" ~ value ~ "' as " ~ dbt.type_string() ~ ")" if quote_values else value | string
        ) -%}
    {%- endfor -%}
    {%- if not members -%}
        {{ exceptions.raise_compiler_error(
            "expect_column_values_to_be_in_set on " ~ column_name ~ ": value_set is empty"
        ) }}
    {%- endif %}

select {{ column_name }}
from {{ model }}
where
    ({{ column_name }} is null or {{ column_name }} not in ({{ members | join(", ") }}))
    {% if row_condition %}and ({{ row_condition }}){% endif %}

{% endtest %}
