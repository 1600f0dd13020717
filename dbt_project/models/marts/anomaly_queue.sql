{{ config(materialized='view') }}

with anomalies as (
    select * from {{ ref('fct_activity_anomalies') }}
),

decisions as (
    select alert_id, max(decided_at) as decided_at
    from {{ ref('stg_raw__analyst_decisions') }}
    where decision <> 'undecided'
    group by alert_id
),

-- A decision is about what had happened by then: what happens later on the day is news.
undecided as (
    select
        anomalies.*,
        row_number() over (
            partition by anomalies.alert_id order by anomalies.severity_score desc, anomalies.hour_at
        ) as place
    from anomalies
    left join decisions
        on anomalies.alert_id = decisions.alert_id
    where decisions.decided_at is null or anomalies.hour_at > decisions.decided_at
),

days as (
    select
        alert_id,
        entity_kind,
        entity_id,
        anomaly_kind,
        direction,
        alert_date,
        count(*) as hour_count,
        max(severity_score) as severity_score,
        max(case when place = 1 then observed_value end) as observed_value,
        max(case when place = 1 then expected_value end) as expected_value,
        max(case when place = 1 then event_count end) as event_count,
        min(hour_at) as first_hour_at,
        max(hour_at) as last_hour_at
    from undecided
    group by alert_id, entity_kind, entity_id, anomaly_kind, direction, alert_date
),

final as (
    select
        alert_id,
        entity_kind,
        entity_id,
        anomaly_kind,
        direction,
        cast(row_number() over (
            partition by alert_date order by severity_score desc, alert_id
        ) as integer) as queue_rank,
        cast(hour_count as bigint) as hour_count,
        event_count,
        observed_value,
        expected_value,
        severity_score,
        alert_date,
        cast(first_hour_at as {{ dbt.type_timestamp() }}) as first_hour_at,
        cast(last_hour_at as {{ dbt.type_timestamp() }}) as last_hour_at
    from days
)

select * from final
