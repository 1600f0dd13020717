{#- All settings of an anomaly test, resolved and checked: a dictionary. `given` holds the test's
    arguments by name; `timestamp_argument` is what this test calls its timestamp column. -#}
{% macro _anomaly_settings(given, timestamp_argument="timestamp_column") %}

    {%- set settings = {} -%}
    {%- for name, default in {
        "timestamp_column": none,
        "where_expression": none,
        "anomaly_direction": "both",
        "min_training_set_size": none,
        "seasonality": none,
        "fail_on_zero": false,
        "min_value": none,
        "anomaly_exclude_metrics": none,
        "exclude_detection_period_from_training": false,
        "detection_delay": {},
        "ignore_small_changes": {},
        "time_bucket": {},
        "dimensions": [],
    }.items() -%}
        {%- do settings.update({name: elementary._setting(name, given.get(name), default)}) -%}
    {%- endfor -%}
    {%- set bucket = {"period": "day", "count": 1} -%}
    {%- do bucket.update(settings["time_bucket"]) -%}
    {%- do settings.update({
        "time_bucket": bucket,
        "anomaly_direction": settings["anomaly_direction"] | lower,
        "sensitivity": given.get("sensitivity")
            or elementary._setting("anomaly_sensitivity", given.get("anomaly_sensitivity"), 3),
    }) -%}
    {%- do elementary._check_settings(settings, timestamp_argument) -%}
    {%- do settings.update(elementary._time_frame(given, settings)) -%}
    {%- if settings["bucket_total"] < 2 -%}
        {%- do exceptions.warn(
            model.name ~ ": fewer than two time buckets fit the training period, so nothing can be "
            ~ "anomalous; lengthen training_period or shorten time_bucket"
        ) -%}
    {%- endif -%}
    {{- return(settings) -}}

{% endmacro %}
