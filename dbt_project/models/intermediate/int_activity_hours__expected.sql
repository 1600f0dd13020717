{{ config(materialized=sentinel.costly_view()) }}
{%- set double = sentinel.type_double() %}
{%- set baseline_weeks = var('anomaly_baseline_weeks') %}
{%- set week_seconds = 7 * 86400 %}
{%- set weeks_later = dbt.dateadd('second', 'weeks.seconds_apart', 'hours.hour_at') %}

with hours as (
    select * from {{ ref('int_activity_hours__observed') }}
),

entities as (
    select entity_kind, entity_id, min(hour_at) as first_hour_at
    from hours
    group by entity_kind, entity_id
),

-- The hour of the latest transaction is not over: that little has happened in it is no news.
latest as (
    select max(hour_at) as hour_at from hours
    where transaction_count > 0
),

-- A table rather than a select for each: Spark would plan each of them, and what it reads, by itself.
weeks as (
    {%- for week in range(1, baseline_weeks + 1) %}
    select {{ week * week_seconds }} as seconds_apart
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Hours in which enough has happened, and those in which enough did in an earlier week.
judged as (
    select entity_kind, entity_id, hour_at from hours
    where transaction_count >= {{ var('anomaly_minimum_transactions') }}
    union
    select hours.entity_kind, hours.entity_id, {{ weeks_later }} as hour_at
    from hours
    cross join weeks
    cross join latest
    where hours.transaction_count >= {{ var('anomaly_minimum_expected_transactions') }}
        and {{ weeks_later }} < latest.hour_at
),

weeks_before as (
    select
        judged.entity_kind,
        judged.entity_id,
        {{ dbt.dateadd('second', '-weeks.seconds_apart', 'judged.hour_at') }} as sampled_at,
        judged.hour_at
    from judged
    cross join weeks
),

-- The same hour of each week before, from the entity's first activity on. Without a row nothing
-- happened in it, and that counts as well.
sampled as (
    select
        weeks_before.entity_kind,
        weeks_before.entity_id,
        weeks_before.hour_at,
        cast(coalesce(hours.transaction_count, 0) as {{ double }}) as transaction_count,
        cast(coalesce(hours.transaction_amount, 0) as {{ double }}) as transaction_amount
    from weeks_before
    inner join entities
        on weeks_before.entity_kind = entities.entity_kind
        and weeks_before.entity_id = entities.entity_id
        and weeks_before.sampled_at >= entities.first_hour_at
    left join hours
        on weeks_before.entity_kind = hours.entity_kind
        and weeks_before.entity_id = hours.entity_id
        and weeks_before.sampled_at = hours.hour_at
),

seasons as (
    select
        entity_kind,
        entity_id,
        count(*) as week_count,
        avg(transaction_count) as count_mean,
        stddev_samp(transaction_count) as count_stddev,
        avg(transaction_amount) as amount_mean,
        stddev_samp(transaction_amount) as amount_stddev,
        hour_at
    from sampled
    group by entity_kind, entity_id, hour_at
),

days as (
    select
        entity_kind,
        entity_id,
        sum(transaction_count) as transaction_count,
        sum(transaction_amount) as transaction_amount,
        cast(hour_at as date) as activity_date
    from hours
    group by entity_kind, entity_id, cast(hour_at as date)
),

judged_days as (
    select distinct entity_kind, entity_id, cast(hour_at as date) as judged_date from judged
),

-- What a transaction is worth there, by the whole days before.
usual_amounts as (
    select
        judged_days.entity_kind,
        judged_days.entity_id,
        cast(sum(days.transaction_amount) as {{ double }}) / nullif(sum(days.transaction_count), 0)
            as amount_per_transaction,
        judged_days.judged_date
    from judged_days
    inner join days
        on judged_days.entity_kind = days.entity_kind
        and judged_days.entity_id = days.entity_id
        and judged_days.judged_date > days.activity_date
        and days.activity_date >= {{ dbt.dateadd('day', -7 * baseline_weeks, 'judged_days.judged_date') }}
    group by judged_days.entity_kind, judged_days.entity_id, judged_days.judged_date
),

compared as (
    select
        seasons.entity_kind,
        seasons.entity_id,
        seasons.week_count,
        seasons.count_mean,
        seasons.count_stddev,
        seasons.amount_mean,
        seasons.amount_stddev,
        usual_amounts.amount_per_transaction,
        coalesce(hours.transaction_count, 0) as transaction_count,
        coalesce(hours.transaction_amount, 0) as transaction_amount,
        -- A mean of few weeks is itself uncertain.
        sqrt(1 + 1 / cast(seasons.week_count as {{ double }})) as widening,
        seasons.hour_at
    from seasons
    left join hours
        on seasons.entity_kind = hours.entity_kind
        and seasons.entity_id = hours.entity_id
        and seasons.hour_at = hours.hour_at
    left join usual_amounts
        on seasons.entity_kind = usual_amounts.entity_kind
        and seasons.entity_id = usual_amounts.entity_id
        and cast(seasons.hour_at as date) = usual_amounts.judged_date
),

measured as (
    -- Counts vary at least as chance does (Poisson), and by no less than one transaction.
    select
        entity_kind,
        entity_id,
        'volume' as anomaly_kind,
        transaction_count as event_count,
        week_count as baseline_week_count,
        cast(transaction_count as {{ double }}) as observed_value,
        count_mean as expected_value,
        widening * greatest(count_stddev, sqrt(count_mean), 1) as spread_value,
        hour_at
    from compared

    union all

    -- A sum varies at least as that many transactions do whose amounts vary by as much as they are
    -- (exponential). Where nothing was bought in the weeks before, nobody knows what is usual.
    select
        entity_kind,
        entity_id,
        'amount' as anomaly_kind,
        transaction_count as event_count,
        week_count as baseline_week_count,
        cast(transaction_amount as {{ double }}) as observed_value,
        amount_mean as expected_value,
        widening * greatest(amount_stddev, amount_per_transaction * sqrt(2 * greatest(count_mean, 1)))
            as spread_value,
        hour_at
    from compared
    where amount_per_transaction > 0
),

final as (
    select
        entity_kind,
        entity_id,
        anomaly_kind,
        cast(event_count as bigint) as event_count,
        cast(baseline_week_count as bigint) as baseline_week_count,
        observed_value,
        expected_value,
        cast(spread_value as {{ double }}) as spread_value,
        hour_at
    from measured
)

select * from final
