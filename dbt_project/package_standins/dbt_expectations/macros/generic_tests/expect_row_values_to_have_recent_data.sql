{#- Returns a row where the newest value, values in the future left aside, is older than `interval`
    `datepart`s before the run started, or where there is no value at all. -#}
{% test expect_row_values_to_have_recent_data(
    model, column_name, datepart, interval, row_condition=none
) %}

    {%- set now = dbt_expectations._now() -%}
    {%- set value = "cast(" ~ column_name ~ " as " ~ dbt.type_timestamp() ~ ")" %}

select max({{ value }}) as most_recent
from {{ model }}
where
    {{ value }} <= {{ now }}
    {% if row_condition %}and ({{ row_condition }}){% endif %}
having
    max({{ value }}) is null
    or max({{ value }}) < {{ dbt.dateadd(datepart, interval * -1, now) }}

{% endtest %}
