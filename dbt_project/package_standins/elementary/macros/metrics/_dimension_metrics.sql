{#- The number of rows of each dimension value in each bucket, from the first bucket on in which the
    value occurs: a value that then disappears counts 0. -#}
{% macro _dimension_metrics() %}
    select
        first_seen.dimension_value,
        buckets.bucket_start,
        buckets.bucket_end,
        {{ elementary._double("count(bucketed_rows.bucket_start)") }} as metric_value
    from (
        select
            dimension_value,
            min(bucket_start) as first_bucket
        from bucketed_rows
        group by dimension_value
    ) as first_seen
    inner join buckets on buckets.bucket_start >= first_seen.first_bucket
    left join bucketed_rows
        on
            buckets.bucket_start = bucketed_rows.bucket_start
            and first_seen.dimension_value = bucketed_rows.dimension_value
    group by first_seen.dimension_value, buckets.bucket_start, buckets.bucket_end
{% endmacro %}
