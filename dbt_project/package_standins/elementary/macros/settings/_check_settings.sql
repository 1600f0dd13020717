{#- Raises on settings that an anomaly test cannot honour. -#}
{% macro _check_settings(settings, timestamp_argument) %}

    {%- set bucket = settings["time_bucket"] -%}
    {%- set season = settings["seasonality"] -%}
    {%- set season_bucket = {
        "day_of_week": "day", "hour_of_day": "hour", "hour_of_week": "hour"
    }.get(season) -%}
    {%- set problems = [] -%}
    {%- if not settings["timestamp_column"] -%}
        {%- do problems.append(
            timestamp_argument ~ " is needed: the stand-in keeps no history from run to run and "
            ~ "can only compare time buckets of the table itself"
        ) -%}
    {%- endif -%}
    {%- if settings["anomaly_direction"] not in ["both", "spike", "drop"] -%}
        {%- do problems.append("anomaly_direction must be both, spike or drop") -%}
    {%- endif -%}
    {%- if bucket["period"] not in ["hour", "day", "week", "month"] or bucket | length > 2
        or bucket["count"] is not integer or bucket["count"] < 1 -%}
        {%- do problems.append(
            "time_bucket must be {period: hour, day, week or month, count: 1 or more}"
        ) -%}
    {%- endif -%}
    {%- if season and (bucket["count"] != 1 or bucket["period"] != season_bucket) -%}
        {%- do problems.append(
            "seasonality must be day_of_week with a time_bucket of 1 day, or hour_of_day or "
            ~ "hour_of_week with one of 1 hour"
        ) -%}
    {%- endif -%}
    {%- for name in settings["ignore_small_changes"] if name not in
        ["spike_failure_percent_threshold", "drop_failure_percent_threshold"] -%}
        {%- do problems.append("ignore_small_changes has no " ~ name) -%}
    {%- endfor -%}
    {%- if execute and problems -%}
        {{ exceptions.raise_compiler_error(model.name ~ ": " ~ problems | join("; ")) }}
    {%- endif -%}

{% endmacro %}
