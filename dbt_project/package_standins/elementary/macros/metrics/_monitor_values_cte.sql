{#- The common table expression `monitor_values`: all monitors side by side, aggregated in one pass
    over bucketed_rows. -#}
{% macro _monitor_values_cte(monitors, dimensions) %}

    {%- set keys = ["bucket_start", "bucket_end"] + (["dimension_value"] if dimensions else []) %}

monitor_values as (
    select
        {% for monitor in monitors -%}
        {{ elementary._monitor_expression(monitor["name"], "column_" ~ monitor["position"]) }}
            as monitor_{{ loop.index }},
        {% endfor -%}
        {{ keys | join(", ") }}
    from bucketed_rows
    group by {{ keys | join(", ") }}
)
{% endmacro %}
