{#- Returns the time buckets of the detection period in which updates came anomalously long after
    their events. Only longer than usual is an anomaly: there is no other direction. -#}
{% test event_freshness_anomalies(
    model, event_timestamp_column=none, update_timestamp_column=none, where_expression=none,
    anomaly_sensitivity=none, anomaly_direction=none, min_training_set_size=none, time_bucket=none,
    days_back=none, backfill_days=none, seasonality=none, sensitivity=none,
    ignore_small_changes=none, detection_delay=none, anomaly_exclude_metrics=none,
    detection_period=none, training_period=none, exclude_detection_period_from_training=none
) %}

    {{ config(tags=["elementary-tests"]) }}
    {%- if not execute -%}{{ return(elementary._nothing()) }}{%- endif -%}

    {%- set settings = elementary._anomaly_settings({
        "timestamp_column": update_timestamp_column, "where_expression": where_expression,
        "anomaly_sensitivity": anomaly_sensitivity, "anomaly_direction": anomaly_direction,
        "min_training_set_size": min_training_set_size, "time_bucket": time_bucket,
        "days_back": days_back, "backfill_days": backfill_days, "seasonality": seasonality,
        "sensitivity": sensitivity, "ignore_small_changes": ignore_small_changes,
        "detection_delay": detection_delay, "anomaly_exclude_metrics": anomaly_exclude_metrics,
        "detection_period": detection_period, "training_period": training_period,
        "exclude_detection_period_from_training": exclude_detection_period_from_training,
    }, timestamp_argument="update_timestamp_column") -%}
    {%- do settings.update({"anomaly_direction": "spike"}) -%}
    {%- set event_at = elementary._setting("event_timestamp_column", event_timestamp_column) -%}
    {%- if not event_at -%}
        {{ exceptions.raise_compiler_error(
            model ~ ": event_freshness_anomalies needs event_timestamp_column"
        ) }}
    {%- endif -%}
    {%- set columns = {"happened_at": elementary._timestamp(event_at)} %}

with {{ elementary._time_ctes(settings) }},
{{ elementary._bucketed_rows_cte(model, settings, columns) }},

metrics as (
    {{ elementary._event_freshness_metrics() }}
),
{{ elementary._anomalies(settings, []) }}

{% endtest %}
