{#- Returns the rows whose value is not greater (unless `strictly`, not smaller) than that of the
    row before, in the order of `sort_column` and within each group; with `step`, also those whose
    value is not exactly that much greater. -#}
{% test expect_column_values_to_be_increasing(
    model, column_name, sort_column=none, strictly=true, row_condition=none, group_by=none,
    step=none
) %}

    {%- set partition = "partition by " ~ group_by | join(", ") if group_by else "" %}

select *
from (
    select
        {{ column_name }} as tested_value,
        lag({{ column_name }}) over (
            {{ partition }} order by {{ sort_column or column_name }}
        ) as value_before
    from {{ model }}
    {% if row_condition %}where {{ row_condition }}{% endif %}
) as ordered
where
    not (tested_value {{ ">" if strictly else ">=" }} value_before)
    {% if step %}or not (tested_value - value_before = {{ step }}){% endif %}

{% endtest %}
