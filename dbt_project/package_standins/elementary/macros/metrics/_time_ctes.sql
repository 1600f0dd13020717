{#- Two common table expressions. `periods`: one row for each hour, day, week or month of the
    training period and the bucket it belongs to, so that a row of data finds its bucket by equality
    with its truncated time. `buckets`: one row a bucket. -#}
{% macro _time_ctes(settings) %}

    {%- set bucket = settings["time_bucket"] -%}
    {%- set start = elementary._timestamp(settings["first_bucket"]) -%}
    {%- set last_number = [settings["bucket_total"] - 1, 0] | max -%}
    {%- set places = range(last_number | string | length) -%}
    {%- set period = bucket["period"] -%}
    {%- set offset = "bucket_number * " ~ bucket["count"] -%}
    {%- set next_offset = offset ~ " + " ~ bucket["count"] %}

digits as (
    {% for digit in range(10) -%}
    select {{ digit }} as digit {{ "union all" if not loop.last }}
    {% endfor -%}
),

bucket_numbers as (
    select
        {% for place in places -%}
        {{ "+ " if not loop.first }}place_{{ place }}.digit * {{ 10 ** place }}
        {% endfor -%}
        as bucket_number
    from
        {% for place in places -%}
        {{ "cross join " if not loop.first }}digits as place_{{ place }}
        {% endfor %}
),

period_numbers as (
    {% for period_number in range(bucket["count"]) -%}
    select {{ period_number }} as period_number {{ "union all" if not loop.last }}
    {% endfor -%}
),

periods as (
    select
        period_numbers.period_number,
        {{ dbt.dateadd(period, offset ~ " + period_number", start) }} as period_start,
        {{ dbt.dateadd(period, offset, start) }} as bucket_start,
        {{ dbt.dateadd(period, next_offset, start) }} as bucket_end
    from bucket_numbers
    cross join period_numbers
    where bucket_numbers.bucket_number < {{ settings["bucket_total"] }}
),

buckets as (
    select bucket_start, bucket_end
    from periods
    where period_number = 0
)
{% endmacro %}
