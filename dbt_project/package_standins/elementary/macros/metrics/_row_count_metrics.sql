{#- The number of rows in each bucket; 0 where there are none. -#}
{% macro _row_count_metrics() %}
    select
        buckets.bucket_start,
        buckets.bucket_end,
        {{ elementary._double("count(bucketed_rows.bucket_start)") }} as metric_value
    from buckets
    left join bucketed_rows on buckets.bucket_start = bucketed_rows.bucket_start
    group by buckets.bucket_start, buckets.bucket_end
{% endmacro %}
