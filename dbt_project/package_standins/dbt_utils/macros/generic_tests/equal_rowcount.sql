{#- Returns a row for the pair of relations, or for each group, whose row counts differ. A group
    that only one of the two relations has counts as zero rows in the other. -#}
{% test equal_rowcount(model, compare_model, group_by_columns=[]) %}

    {%- set keys = group_by_columns | join(", ") ~ ", " if group_by_columns else "" %}

with counts as (
    select
        {{ keys }}
        count(*) as model_rows,
        0 as compare_rows
    from {{ model }}
    {% if group_by_columns %}group by {{ group_by_columns | join(", ") }}{% endif %}

    union all

    select
        {{ keys }}
        0 as model_rows,
        count(*) as compare_rows
    from {{ compare_model }}
    {% if group_by_columns %}group by {{ group_by_columns | join(", ") }}{% endif %}
)

select
    {{ keys }}
    sum(model_rows) as model_rows,
    sum(compare_rows) as compare_rows
from counts
{% if group_by_columns %}group by {{ group_by_columns | join(", ") }}{% endif %}
having sum(model_rows) <> sum(compare_rows)

{% endtest %}
