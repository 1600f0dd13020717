{#- The anomalies of monitors of one or more columns. `columns` maps a column's name to the names of
    its monitors. -#}
{% macro _column_anomalies(model, columns, settings) %}

    {%- set dimensions = settings["dimensions"] -%}
    {%- set expressions = {} -%}
    {%- set monitors = [] -%}
    {%- for column, names in columns.items() -%}
        {%- set position = loop.index -%}
        {%- do expressions.update({"column_" ~ position: column}) -%}
        {%- for name in names -%}
            {%- do monitors.append({"column": column, "position": position, "name": name}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if dimensions -%}
        {%- do expressions.update({"dimension_value": elementary._text(dimensions)}) -%}
    {%- endif -%}
    {%- set series = [] -%}
    {%- if monitors | length > 1 -%}
        {%- do series.extend(["column_name", "metric_name"]) -%}
    {%- endif -%}
    {%- if dimensions -%}
        {%- do series.append("dimension_value") -%}
    {%- endif %}

with {{ elementary._time_ctes(settings) }},
{{ elementary._bucketed_rows_cte(model, settings, expressions) }},
{{ elementary._monitor_values_cte(monitors, dimensions) }},

metrics as (
    {{ elementary._column_metrics(monitors, dimensions) }}
),
{{ elementary._anomalies(settings, series) }}

{% endmacro %}
