{#- Returns each column that is declared for the model or source but not in the table, or there with
    another type than the declared one; with fail_on_added, also each that is in the table but not
    declared. With enforce_types, every declared column must have a type. -#}
{% test schema_changes_from_baseline(model, fail_on_added=false, enforce_types=false) %}

    {{ config(tags=["elementary-tests"]) }}
    {%- if not execute -%}{{ return(elementary._nothing()) }}{%- endif -%}

    {%- set node = elementary._tested_node() -%}
    {%- set declared = node["columns"].values() | list -%}
    {%- set untyped = declared | rejectattr("data_type") | map(attribute="name") | list -%}
    {%- if not declared -%}
        {{ exceptions.raise_compiler_error(
            node.name ~ ": schema_changes_from_baseline needs the columns declared, to compare with"
        ) }}
    {%- elif enforce_types and untyped -%}
        {{ exceptions.raise_compiler_error(
            node.name ~ ": enforce_types needs a data_type for " ~ untyped | join(", ")
        ) }}
    {%- endif -%}
    {%- set columns = elementary._tested_columns(model) -%}
    {%- set changes = [] -%}
    {%- if columns -%}
        {%- set changes = elementary._schema_changes(declared, columns, fail_on_added) -%}
    {%- endif %}

select
    cast(column_name as {{ dbt.type_string() }}) as column_name,
    cast(change as {{ dbt.type_string() }}) as change
from (
    {% for column_name, change in changes -%}
    select '{{ column_name }}' as column_name, '{{ change }}' as change, 1 as is_found
    union all
    {% endfor -%}
    select '' as column_name, '' as change, 0 as is_found
) as changes
where is_found = 1

{% endtest %}
