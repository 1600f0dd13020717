{#- Returns the table, or each group, whose newest value is older than `interval` `datepart`s
    before the run started. A table without rows passes, as in dbt_utils 1.3. -#}
{% test recency(
    model, field, datepart, interval, ignore_time_component=false, group_by_columns=[]
) %}

    {%- set keys = group_by_columns | join(", ") ~ ", " if group_by_columns else "" -%}
    {%- set unit = "date" if ignore_time_component else dbt.type_timestamp() -%}
    {%- set now = "cast('" ~ run_started_at.strftime("%Y-%m-%d %H:%M:%S") ~ "' as "
        ~ dbt.type_timestamp() ~ ")" -%}
    {%- set threshold = "cast(" ~ dbt.dateadd(datepart, interval * -1, now) ~ " as " ~ unit ~ ")" %}

with newest as (
    select
        {{ keys }}
        cast(max({{ field }}) as {{ unit }}) as most_recent
    from {{ model }}
    {% if group_by_columns %}group by {{ group_by_columns | join(", ") }}{% endif %}
)

select
    {{ keys }}
    most_recent,
    {{ threshold }} as threshold
from newest
where most_recent < {{ threshold }}

{% endtest %}
