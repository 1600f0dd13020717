{{ config(materialized=sentinel.costly_view()) }}
{%- set double = sentinel.type_double() %}
{%- set baseline_days = 7 * var('anomaly_baseline_weeks') %}
{%- set report_days = var('anomaly_report_days') %}
{#- Four weeks, so that every weekday is in it as often; most reports are about such transactions. -#}
{%- set exposed_days = 28 %}

with hours as (
    select * from {{ ref('int_activity_hours__observed') }}
),

entities as (
    select entity_kind, entity_id, cast(min(hour_at) as date) as first_date
    from hours
    group by entity_kind, entity_id
),

reporting_hours as (
    select entity_kind, entity_id, fraud_report_count, hour_at from hours
    where fraud_report_count > 0
),

-- Reports of the days up to an hour, wherever one was made in that hour.
recent as (
    select
        reporting_hours.entity_kind,
        reporting_hours.entity_id,
        sum(before.fraud_report_count) as report_count,
        cast(reporting_hours.hour_at as date) as judged_date,
        reporting_hours.hour_at
    from reporting_hours
    inner join reporting_hours as before
        on reporting_hours.entity_kind = before.entity_kind
        and reporting_hours.entity_id = before.entity_id
        and before.hour_at > {{ sentinel.seconds_later('reporting_hours.hour_at', -86400 * report_days) }}
        and reporting_hours.hour_at >= before.hour_at
    group by reporting_hours.entity_kind, reporting_hours.entity_id, reporting_hours.hour_at
    having sum(before.fraud_report_count) >= {{ var('anomaly_minimum_reports') }}
),

judged_days as (
    select distinct entity_kind, entity_id, judged_date from recent
),

days as (
    select
        entity_kind,
        entity_id,
        sum(transaction_count) as transaction_count,
        sum(fraud_report_count) as report_count,
        cast(hour_at as date) as activity_date
    from hours
    group by entity_kind, entity_id, cast(hour_at as date)
),

-- Whole days that are over before the first of the reports that are judged.
baselines as (
    select
        judged_days.entity_kind,
        judged_days.entity_id,
        sum(days.transaction_count) as transaction_count,
        sum(days.report_count) as report_count,
        sum(days.report_count * days.report_count) as squared_report_count,
        judged_days.judged_date
    from judged_days
    inner join days
        on judged_days.entity_kind = days.entity_kind
        and judged_days.entity_id = days.entity_id
        and days.activity_date >= {{ dbt.dateadd('day', -report_days - baseline_days, 'judged_days.judged_date') }}
        and days.activity_date < {{ dbt.dateadd('day', -report_days, 'judged_days.judged_date') }}
    group by judged_days.entity_kind, judged_days.entity_id, judged_days.judged_date
),

-- Transactions that reports are made about now.
exposed as (
    select
        judged_days.entity_kind,
        judged_days.entity_id,
        sum(days.transaction_count) as transaction_count,
        judged_days.judged_date
    from judged_days
    inner join days
        on judged_days.entity_kind = days.entity_kind
        and judged_days.entity_id = days.entity_id
        and days.activity_date >= {{ dbt.dateadd('day', -exposed_days, 'judged_days.judged_date') }}
        and judged_days.judged_date > days.activity_date
    group by judged_days.entity_kind, judged_days.entity_id, judged_days.judged_date
),

-- Every transaction has a terminal.
overall_days as (
    select
        sum(transaction_count) as transaction_count,
        sum(report_count) as report_count,
        activity_date
    from days
    where entity_kind = 'terminal'
    group by activity_date
),

overall as (
    select
        cast(sum(overall_days.report_count) as {{ double }}) / nullif(sum(overall_days.transaction_count), 0)
            as report_share,
        judged_dates.judged_date
    from (select distinct judged_date from judged_days) as judged_dates
    inner join overall_days
        on overall_days.activity_date >= {{ dbt.dateadd('day', -report_days - baseline_days, 'judged_dates.judged_date') }}
        and overall_days.activity_date < {{ dbt.dateadd('day', -report_days, 'judged_dates.judged_date') }}
    group by judged_dates.judged_date
),

compared as (
    select
        recent.entity_kind,
        recent.entity_id,
        recent.report_count,
        exposed.transaction_count,
        cast(coalesce(baselines.report_count, 0) as {{ double }}) as earlier_report_count,
        cast(coalesce(baselines.squared_report_count, 0) as {{ double }}) as squared_report_count,
        cast(least(
            {{ baseline_days }},
            {{ dbt.datediff('entities.first_date', 'recent.judged_date', 'day') }} - {{ report_days }}
        ) as {{ double }}) as day_count,
        -- A share of few transactions is drawn towards the overall one, as if 20 average ones were added.
        (coalesce(baselines.report_count, 0) + 20 * overall.report_share)
        / (coalesce(baselines.transaction_count, 0) + 20)
        * exposed.transaction_count * {{ report_days }} / {{ exposed_days }} as expected_report_count,
        recent.hour_at
    from recent
    inner join entities
        on recent.entity_kind = entities.entity_kind
        and recent.entity_id = entities.entity_id
    inner join exposed
        on recent.entity_kind = exposed.entity_kind
        and recent.entity_id = exposed.entity_id
        and recent.judged_date = exposed.judged_date
    inner join overall
        on recent.judged_date = overall.judged_date
    left join baselines
        on recent.entity_kind = baselines.entity_kind
        and recent.entity_id = baselines.entity_id
        and recent.judged_date = baselines.judged_date
    where exposed.transaction_count > 0
),

varied as (
    select
        *,
        (squared_report_count - earlier_report_count * earlier_report_count / day_count)
        / (day_count - 1) as daily_variance
    from compared
    where day_count > 1
),

-- Reports vary at least as chance does (Poisson), and as they did from day to day: fraud comes in
-- clusters. Half a report is the least, so that the first reports on a quiet terminal can be news.
final as (
    select
        entity_kind,
        entity_id,
        'fraud_rate' as anomaly_kind,
        cast(report_count as bigint) as event_count,
        cast(floor(day_count / 7) as bigint) as baseline_week_count,
        cast(report_count as {{ double }}) / transaction_count as observed_value,
        expected_report_count / transaction_count as expected_value,
        greatest(
            0.5,
            sqrt(
                greatest(expected_report_count, {{ report_days }} * daily_variance)
                * (1 + {{ report_days }} / day_count)
            )
        ) / transaction_count as spread_value,
        hour_at
    from varied
)

select * from final
