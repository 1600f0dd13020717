{#- A query for the rows (or, with `group_by`, the groups; or, for an aggregate, the one row) on
    which the condition is false. Where it is null it is not false, so nulls pass. -#}
{% macro _violations(model, expression, group_by=none, row_condition=none, condition="= true") %}

select *
from (
    select
        {% for key in group_by or [] -%}
        {{ key }} as group_key_{{ loop.index }},
        {% endfor -%}
        {{ expression }} as tested_expression
    from {{ model }}
    {% if row_condition %}where {{ row_condition }}{% endif %}
    {% if group_by %}group by {{ group_by | join(", ") }}{% endif %}
) as tested
where not (tested_expression {{ condition }})

{% endmacro %}
