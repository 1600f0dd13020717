{#- Returns the table, or each group, whose share of non-null values lies outside
    [at_least, at_most]. The share is compared as a product, so it is exact in decimals on every
    engine; an empty table passes. -#}
{% test not_null_proportion(model, column_name, at_least, at_most=1, group_by_columns=[]) %}

    {%- set keys = group_by_columns | join(", ") ~ ", " if group_by_columns else "" %}

with counts as (
    select
        {{ keys }}
        count({{ column_name }}) as not_null_rows,
        count(*) as all_rows
    from {{ model }}
    {% if group_by_columns %}group by {{ group_by_columns | join(", ") }}{% endif %}
)

select *
from counts
where
    not_null_rows < {{ at_least }} * all_rows
    or not_null_rows > {{ at_most }} * all_rows

{% endtest %}
