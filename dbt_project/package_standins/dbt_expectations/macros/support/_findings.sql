{#- A query that returns what was found while compiling: one row for each (column, finding) pair,
    none for an empty list. -#}
{% macro _findings(findings) %}

select
    cast(column_name as {{ dbt.type_string() }}) as column_name,
    cast(finding as {{ dbt.type_string() }}) as finding
from (
    {% for column_name, finding in findings -%}
    select '{{ column_name }}' as column_name, '{{ finding }}' as finding, 1 as is_found
    union all
    {% endfor -%}
    select '' as column_name, '' as finding, 0 as is_found
) as findings
where is_found = 1

{% endmacro %}
