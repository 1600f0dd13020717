{#- The end of every anomaly test: from the common table expression `metrics` (metric_value by
    bucket_start and bucket_end, for each combination of the `series` columns) the metrics of the
    detection period that are anomalous.

    A metric's score is its distance from the mean of its series up to and including itself, in
    sample standard deviations. There is no score for the first metric of a series, and the score is
    0 where all are equal. The detection period counts back from the end of the last bucket that has
    a score or could have one. -#}
{% macro _anomalies(settings, series, result_filter=none) %}

    {%- set season = elementary._season(settings["seasonality"]) -%}
    {%- set keys = series + (["season"] if season else []) -%}
    {%- set window = ("partition by " ~ keys | join(", ") ~ " " if keys else "")
        ~ "order by bucket_end rows between unbounded preceding and current row" -%}
    {%- set detection_start = settings["end"]
        - modules.datetime.timedelta(days=settings["detection_days"]) -%}
    {%- set trains = "bucket_end <= " ~ elementary._timestamp(detection_start)
        if settings["exclude_detection_period_from_training"] else "1 = 1" -%}
    {%- set least_metrics = [settings["min_training_set_size"] or 2, 2] | max %}

metrics_at_times as (
    select
        metrics.*,
        metrics.bucket_start as metric_time_bucket,
        cast(metrics.bucket_start as date) as metric_date
    from metrics
    where metrics.metric_value is not null
),

training_metrics as (
    select
        metrics_at_times.*,
        {% if season %}{{ season }} as season,{% endif %}
        case when {{ trains }} then metric_value end as training_value
    from metrics_at_times
    where case when {{ settings["anomaly_exclude_metrics"] or "1 = 0" }} then 0 else 1 end = 1
),

expectations as (
    select
        training_metrics.*,
        avg(training_value) over ({{ window }}) as training_avg,
        stddev_samp(training_value) over ({{ window }}) as training_stddev,
        min(training_value) over ({{ window }}) as training_min,
        max(training_value) over ({{ window }}) as training_max,
        count(training_value) over ({{ window }}) as training_set_size
    from training_metrics
),

scores as (
    select
        expectations.*,
        max(bucket_end) over () as last_bucket_end,
        case
            when training_set_size < {{ least_metrics }} then null
            when training_min = training_max then 0
            else (metric_value - training_avg) / training_stddev
        end as anomaly_score
    from expectations
    where training_avg is not null
),

anomalies as (
    select
        {% for column in series -%}
        {{ column }},
        {% endfor -%}
        bucket_start,
        bucket_end,
        metric_value as value,
        training_avg as average,
        training_stddev,
        training_set_size,
        anomaly_score
    from scores
    where
        {{ elementary._is_anomalous(settings) }}
        and bucket_end
        > {{ dbt.dateadd("day", -1 * settings["detection_days"], "last_bucket_end") }}
)

select *
from anomalies
{% if result_filter %}where {{ result_filter }}{% endif %}
{% endmacro %}
