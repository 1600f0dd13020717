{#- Returns the time buckets of the detection period in which the table went anomalously long
    without an update. Only longer than usual is an anomaly: there is no other direction. -#}
{% test freshness_anomalies(
    model, timestamp_column=none, where_expression=none, anomaly_sensitivity=none,
    anomaly_direction=none, min_training_set_size=none, time_bucket=none, days_back=none,
    backfill_days=none, seasonality=none, sensitivity=none, ignore_small_changes=none,
    detection_delay=none, anomaly_exclude_metrics=none, detection_period=none,
    training_period=none, exclude_detection_period_from_training=none
) %}

    {{ config(tags=["elementary-tests"]) }}
    {%- if not execute -%}{{ return(elementary._nothing()) }}{%- endif -%}

    {%- set settings = elementary._anomaly_settings({
        "timestamp_column": timestamp_column, "where_expression": where_expression,
        "anomaly_sensitivity": anomaly_sensitivity, "anomaly_direction": anomaly_direction,
        "min_training_set_size": min_training_set_size, "time_bucket": time_bucket,
        "days_back": days_back, "backfill_days": backfill_days, "seasonality": seasonality,
        "sensitivity": sensitivity, "ignore_small_changes": ignore_small_changes,
        "detection_delay": detection_delay, "anomaly_exclude_metrics": anomaly_exclude_metrics,
        "detection_period": detection_period, "training_period": training_period,
        "exclude_detection_period_from_training": exclude_detection_period_from_training,
    }) -%}
    {%- do settings.update({"anomaly_direction": "spike"}) %}

with {{ elementary._time_ctes(settings) }},
{{ elementary._updates_cte(model, settings) }},

metrics as (
    {{ elementary._freshness_metrics(settings) }}
),
{{ elementary._anomalies(settings, []) }}

{% endtest %}
