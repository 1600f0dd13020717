{#- A query without rows, for while dbt parses. -#}
{% macro _nothing() %}
select nothing
from (select 1 as nothing) as no_rows
where nothing = 0
{% endmacro %}
