{#- Returns the pair of tables, or each group, where this table's row count is not `factor` times
    the other's. The other table's grouping and condition are this one's unless given. A group that
    only one table has fails, and so does a group whose key is null, as in dbt_expectations. -#}
{% test expect_table_row_count_to_equal_other_table(
    model, compare_model, group_by=none, compare_group_by=none, factor=1, row_condition=none,
    compare_row_condition=none
) %}

    {%- set sides = [
        {"relation": model, "keys": group_by or [], "condition": row_condition},
        {
            "relation": compare_model,
            "keys": compare_group_by or group_by or [],
            "condition": compare_row_condition or row_condition,
        },
    ] -%}
    {%- set keys = [] -%}
    {%- for key in group_by or [] -%}{%- do keys.append("group_key_" ~ loop.index) -%}{%- endfor %}

with counts as (
    {% for side in sides %}
    select
        {% for key in side["keys"] -%}
        {{ key }} as group_key_{{ loop.index }},
        {% endfor -%}
        {{ "count(*)" if loop.first else "0" }} as row_count,
        {{ "0" if loop.first else "count(*) * " ~ factor }} as compare_row_count
    from {{ side["relation"] }}
    {% if side["condition"] %}where {{ side["condition"] }}{% endif %}
    {% if side["keys"] %}group by {{ side["keys"] | join(", ") }}{% endif %}
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    {% for key in keys -%}
    {{ key }},
    {% endfor -%}
    sum(row_count) as row_count,
    sum(compare_row_count) as compare_row_count
from counts
{% if keys %}group by {{ keys | join(", ") }}{% endif %}
having
    sum(row_count) <> sum(compare_row_count)
    {% for key in keys -%}
    or {{ key }} is null
    {% endfor %}

{% endtest %}
