{#- The values of monitors in each bucket that has rows, and for each dimension value if there are
    dimensions. `monitors` is a list of {column, position, name}; bucketed_rows calls the column at
    position n `column_n`. -#}
{% macro _column_metrics(monitors, dimensions) %}

    {%- set keys = ["bucket_start", "bucket_end"] + (["dimension_value"] if dimensions else []) -%}

    {%- for monitor in monitors %}
    select
        {{ keys | join(", ") }},
        cast('{{ monitor["column"] }}' as {{ dbt.type_string() }}) as column_name,
        cast('{{ monitor["name"] }}' as {{ dbt.type_string() }}) as metric_name,
        {{ elementary._double("monitor_" ~ loop.index) }} as metric_value
    from monitor_values
    {{ "union all" if not loop.last }}
    {%- endfor %}
{% endmacro %}
