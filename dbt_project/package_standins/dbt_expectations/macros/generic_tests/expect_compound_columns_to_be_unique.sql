{#- Returns each combination of values that occurs more than once. `ignore_row_if` says which rows
    with nulls are left out: "all_values_are_missing" or "any_value_is_missing". -#}
{% test expect_compound_columns_to_be_unique(
    model, column_list, quote_columns=false, ignore_row_if="all_values_are_missing",
    row_condition=none
) %}

    {%- set joiners = {"all_values_are_missing": " or ", "any_value_is_missing": " and "} -%}
    {%- if not column_list or ignore_row_if not in joiners -%}
        {{ exceptions.raise_compiler_error(
            "expect_compound_columns_to_be_unique: give a column_list, and as ignore_row_if one of "
            ~ joiners.keys() | join(", ")
        ) }}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for name in column_list -%}
        {%- do names.append(adapter.quote(name) if quote_columns else name) -%}
    {%- endfor %}

select
    {{ names | join(", ") }},
    count(*) as row_count
from {{ model }}
where
    ({{ names | join(" is not null" ~ joiners[ignore_row_if]) }} is not null)
    {% if row_condition %}and ({{ row_condition }}){% endif %}
group by {{ names | join(", ") }}
having count(*) > 1

{% endtest %}
