{#- The longest time, in seconds, from an event to its update in each bucket; the bucket's whole
    length where there is none. -#}
{% macro _event_freshness_metrics() %}
    select
        buckets.bucket_start,
        buckets.bucket_end,
        {{ elementary._double(
            "coalesce(max("
            ~ dbt.datediff("bucketed_rows.happened_at", "bucketed_rows.tested_at", "second")
            ~ "), max("
            ~ dbt.datediff("buckets.bucket_start", "buckets.bucket_end", "second")
            ~ "))"
        ) }} as metric_value
    from buckets
    left join bucketed_rows on buckets.bucket_start = bucketed_rows.bucket_start
    group by buckets.bucket_start, buckets.bucket_end
{% endmacro %}
