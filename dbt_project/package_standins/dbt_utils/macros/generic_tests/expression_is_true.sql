{#- Returns the rows for which the expression is false; on a column, the expression follows the
    column's name (`expression: ">= 0"`). An expression that is null passes. -#}
{% test expression_is_true(model, expression, column_name=none) %}

select *
from {{ model }}
where not ({{ column_name if column_name is not none else "" }} {{ expression }})

{% endtest %}
