{#- Returns the time buckets of the detection period in which a monitor of the column is anomalous.
    `column_anomalies` lists the monitors; by default, those usual for the column's type. -#}
{% test column_anomalies(
    model, column_name, column_anomalies=none, timestamp_column=none, where_expression=none,
    anomaly_sensitivity=none, anomaly_direction=none, min_training_set_size=none, time_bucket=none,
    days_back=none, backfill_days=none, seasonality=none, sensitivity=none,
    ignore_small_changes=none, fail_on_zero=none, detection_delay=none,
    anomaly_exclude_metrics=none, detection_period=none, training_period=none, dimensions=none,
    min_value=none, exclude_detection_period_from_training=none
) %}

    {{ config(tags=["elementary-tests"]) }}
    {%- if not execute -%}{{ return(elementary._nothing()) }}{%- endif -%}

    {%- set settings = elementary._anomaly_settings({
        "timestamp_column": timestamp_column, "where_expression": where_expression,
        "anomaly_sensitivity": anomaly_sensitivity, "anomaly_direction": anomaly_direction,
        "min_training_set_size": min_training_set_size, "time_bucket": time_bucket,
        "days_back": days_back, "backfill_days": backfill_days, "seasonality": seasonality,
        "sensitivity": sensitivity, "ignore_small_changes": ignore_small_changes,
        "fail_on_zero": fail_on_zero, "detection_delay": detection_delay,
        "anomaly_exclude_metrics": anomaly_exclude_metrics, "detection_period": detection_period,
        "training_period": training_period, "dimensions": dimensions, "min_value": min_value,
        "exclude_detection_period_from_training": exclude_detection_period_from_training,
    }) -%}
    {%- set columns = elementary._monitored_columns(model, column_anomalies, only=column_name) -%}
    {%- if not columns -%}{{ return(elementary._nothing()) }}{%- endif -%}

    {{- elementary._column_anomalies(model, columns, settings) -}}

{% endtest %}
