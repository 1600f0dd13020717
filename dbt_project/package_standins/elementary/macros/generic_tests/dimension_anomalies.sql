{#- Returns the dimension values and time buckets of the detection period whose number of rows is
    anomalous. `exclude_final_results` is a condition that results must meet to be returned. -#}
{% test dimension_anomalies(
    model, dimensions=none, timestamp_column=none, where_expression=none, anomaly_sensitivity=none,
    anomaly_direction=none, min_training_set_size=none, time_bucket=none, days_back=none,
    backfill_days=none, seasonality=none, sensitivity=none, ignore_small_changes=none,
    fail_on_zero=none, detection_delay=none, anomaly_exclude_metrics=none, detection_period=none,
    training_period=none, exclude_final_results=none, min_value=none,
    exclude_detection_period_from_training=none
) %}

    {{ config(tags=["elementary-tests"]) }}
    {%- if not execute -%}{{ return(elementary._nothing()) }}{%- endif -%}

    {%- set settings = elementary._anomaly_settings({
        "dimensions": dimensions, "timestamp_column": timestamp_column,
        "where_expression": where_expression, "anomaly_sensitivity": anomaly_sensitivity,
        "anomaly_direction": anomaly_direction, "min_training_set_size": min_training_set_size,
        "time_bucket": time_bucket, "days_back": days_back, "backfill_days": backfill_days,
        "seasonality": seasonality, "sensitivity": sensitivity,
        "ignore_small_changes": ignore_small_changes, "fail_on_zero": fail_on_zero,
        "detection_delay": detection_delay, "anomaly_exclude_metrics": anomaly_exclude_metrics,
        "detection_period": detection_period, "training_period": training_period,
        "min_value": min_value,
        "exclude_detection_period_from_training": exclude_detection_period_from_training,
    }) -%}
    {%- if not settings["dimensions"] -%}
        {{ exceptions.raise_compiler_error(model ~ ": dimension_anomalies needs dimensions") }}
    {%- endif -%}
    {%- set columns = {"dimension_value": elementary._text(settings["dimensions"])} %}

with {{ elementary._time_ctes(settings) }},
{{ elementary._bucketed_rows_cte(model, settings, columns) }},

metrics as (
    {{ elementary._dimension_metrics() }}
),
{{ elementary._anomalies(settings, ["dimension_value"], exclude_final_results) }}

{% endtest %}
