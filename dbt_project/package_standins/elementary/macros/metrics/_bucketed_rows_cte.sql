{#- The common table expression `bucketed_rows`: the given columns (name: expression) of the rows of
    the training period that meet the test's where_expression, with the bucket each falls in. -#}
{% macro _bucketed_rows_cte(model, settings, columns) %}

    {%- set moment = elementary._timestamp(settings["timestamp_column"]) -%}
    {%- set period = dbt.date_trunc(settings["time_bucket"]["period"], "tested_rows.tested_at") %}

tested_rows as (
    select
        {% for name, expression in columns.items() -%}
        {{ expression }} as {{ name }},
        {% endfor -%}
        {{ moment }} as tested_at
    from {{ model }}
    where
        {{ moment }} >= {{ elementary._timestamp(settings["first_bucket"]) }}
        {% if settings["where_expression"] %}and ({{ settings["where_expression"] }}){% endif %}
),

bucketed_rows as (
    select
        tested_rows.*,
        periods.bucket_start,
        periods.bucket_end
    from tested_rows
    inner join periods on periods.period_start = {{ elementary._timestamp(period) }}
)
{% endmacro %}
