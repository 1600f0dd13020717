{#- When a test looks, as datetimes: `first_bucket` starts the training period, which contains the
    detection period; `end` is now less the detection delay, and only buckets that are over by then
    count; `bucket_total` is how many fit. With a weekly season, the training period is as many
    weeks as it would otherwise be days. -#}
{% macro _time_frame(given, settings) %}

    {%- set bucket = settings["time_bucket"] -%}
    {%- set training = elementary._setting("training_period", given.get("training_period")) -%}
    {%- set days_back = elementary._days(training) if training
        else elementary._setting("days_back", given.get("days_back"), 14) -%}
    {%- if settings["seasonality"] in ["day_of_week", "hour_of_week"] -%}
        {%- set days_back = days_back * 7 -%}
    {%- endif -%}
    {%- set detection = elementary._setting("detection_period", given.get("detection_period")) -%}
    {%- set detection_days = elementary._days(detection) if detection
        else elementary._setting("backfill_days", given.get("backfill_days"), 2) -%}

    {%- set delay = settings["detection_delay"] -%}
    {%- set delay_hours = {"hour": 1, "day": 24, "week": 168}[delay.get("period") or "hour"]
        * (delay.get("count") or 0) -%}
    {%- set end = elementary._run_time() - modules.datetime.timedelta(hours=delay_hours) -%}
    {%- set start = (end - modules.datetime.timedelta(days=days_back | int)).replace(
        hour=0, minute=0, second=0
    ) -%}
    {%- if bucket["period"] == "week" -%}
        {%- set start = start - modules.datetime.timedelta(days=start.weekday()) -%}
    {%- elif bucket["period"] == "month" -%}
        {%- set start = start.replace(day=1) -%}
    {%- endif -%}

    {%- if bucket["period"] == "month" -%}
        {%- set periods = (end.year - start.year) * 12 + end.month - start.month -%}
    {%- else -%}
        {%- set hours = {"hour": 1, "day": 24, "week": 168}[bucket["period"]] -%}
        {%- set periods = (end - start).total_seconds() // (3600 * hours) -%}
    {%- endif -%}

    {{- return({
        "first_bucket": start,
        "end": end,
        "bucket_total": (periods // bucket["count"]) | int,
        "detection_days": [detection_days | int, elementary._days(bucket)] | max,
    }) -}}

{% endmacro %}
