{#- Dates and times on Spark. Those of dbt-spark lose fractions of seconds, and raise where a time is
    null; these answer what the other engines do. -#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    timestampadd({{ datepart }}, {{ interval }}, {{ from_date_or_timestamp }})
{%- endmacro %}


{#- How many starts of a datepart lie between two times. -#}
{% macro spark__datediff(first_date, second_date, datepart) -%}
    {%- set seconds = {'second': 1, 'minute': 60, 'hour': 3600}.get(datepart) -%}
    {%- if datepart == 'day' -%}
        datediff({{ second_date }}, {{ first_date }})
    {%- elif datepart == 'week' -%}
        cast(datediff(trunc({{ second_date }}, 'week'), trunc({{ first_date }}, 'week')) / 7 as int)
    {%- elif datepart == 'month' -%}
        (12 * (year({{ second_date }}) - year({{ first_date }}))
            + month({{ second_date }}) - month({{ first_date }}))
    {%- elif datepart == 'year' -%}
        (year({{ second_date }}) - year({{ first_date }}))
    {%- elif seconds == 1 -%}
        (unix_seconds({{ second_date }}) - unix_seconds({{ first_date }}))
    {%- elif seconds -%}
        cast(
            floor(unix_seconds({{ second_date }}) / {{ seconds }})
            - floor(unix_seconds({{ first_date }}) / {{ seconds }}) as bigint
        )
    {%- else -%}
        {{ exceptions.raise_compiler_error('datediff is not written for ' ~ datepart ~ ' on spark') }}
    {%- endif -%}
{%- endmacro %}
