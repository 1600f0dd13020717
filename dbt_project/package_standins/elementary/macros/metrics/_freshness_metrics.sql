{#- The longest time, in seconds, without an update that each bucket saw: between an update in it
    and the one before, or between the last update and the bucket's end. A bucket before the first
    update has no freshness. Updates up to a week before the first bucket count as "the one
    before". -#}
{% macro _freshness_metrics(settings) %}

    {%- set period = dbt.date_trunc(settings["time_bucket"]["period"], "updates.updated_at") %}

    select
        bucket_start,
        bucket_end,
        {{ elementary._double(
            "case when longest_gap > last_gap then longest_gap else last_gap end"
        ) }} as metric_value
    from (
        select
            bucket_start,
            bucket_end,
            longest_gap,
            {{ dbt.datediff("last_update", "bucket_end", "second") }} as last_gap
        from (
            select
                buckets.bucket_start,
                buckets.bucket_end,
                bucket_updates.longest_gap,
                coalesce(
                    max(bucket_updates.last_update) over (
                        order by buckets.bucket_start
                        rows between unbounded preceding and current row
                    ),
                    earlier.last_update
                ) as last_update
            from buckets
            cross join (
                select max(updated_at) as last_update
                from updates
                where updated_at < {{ elementary._timestamp(settings["first_bucket"]) }}
            ) as earlier
            left join (
                select
                    periods.bucket_start,
                    max(updates.updated_at) as last_update,
                    max(
                        {{ dbt.datediff("updates.update_before", "updates.updated_at", "second") }}
                    ) as longest_gap
                from updates
                inner join periods on periods.period_start = {{ elementary._timestamp(period) }}
                group by periods.bucket_start
            ) as bucket_updates on buckets.bucket_start = bucket_updates.bucket_start
        ) as last_updates
        where last_update is not null
    ) as gaps
{% endmacro %}
