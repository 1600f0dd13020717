{#- The common table expression `updates`: the time of each row that meets the test's
    where_expression and of the row before it, from a week before the first bucket on. -#}
{% macro _updates_cte(model, settings) %}

    {%- set moment = elementary._timestamp(settings["timestamp_column"]) -%}
    {%- set since = settings["first_bucket"] - modules.datetime.timedelta(days=7) %}

updates as (
    select
        updated_at,
        lag(updated_at) over (order by updated_at) as update_before
    from (
        select distinct {{ moment }} as updated_at
        from {{ model }}
        where
            {{ moment }} >= {{ elementary._timestamp(since) }}
            {% if settings["where_expression"] %}and ({{ settings["where_expression"] }}){% endif %}
    ) as update_times
)
{% endmacro %}
