{{ config(materialized='view') }}
{%- set deviations = var('anomaly_deviations') %}
{#- Engines add floats in another order, and a count may be its limit exactly: at the limit is as usual. -#}
{%- set beyond, short_of = '(1 + 1e-9)', '(1 - 1e-9)' %}

with measured as (
    select * from {{ ref('int_activity_hours__expected') }}
    union all
    select * from {{ ref('int_fraud_reports__expected') }}
),

judged as (
    select
        *,
        case
            when observed_value > {{ beyond }} * (expected_value + {{ deviations }} * spread_value)
                and event_count >= case
                    when anomaly_kind = 'fraud_rate' then {{ var('anomaly_minimum_reports') }}
                    else {{ var('anomaly_minimum_transactions') }}
                end
                then 'above'
            -- Less than usual is news only of volume, and only where much is usual.
            when anomaly_kind = 'volume'
                and observed_value < {{ short_of }} * (expected_value - {{ deviations }} * spread_value)
                and expected_value >= {{ var('anomaly_minimum_expected_transactions') }}
                then 'below'
        end as direction
    from measured
    where baseline_week_count >= {{ var('anomaly_minimum_weeks') }}
),

final as (
    select
        cast(
            'anomaly-' || anomaly_kind || '-' || direction || '-' || entity_kind || '-' || entity_id
            || '-' || cast(cast(hour_at as date) as {{ dbt.type_string() }}) as {{ dbt.type_string() }}
        ) as alert_id,
        cast(entity_kind as {{ dbt.type_string() }}) as entity_kind,
        cast(entity_id as {{ dbt.type_string() }}) as entity_id,
        cast(anomaly_kind as {{ dbt.type_string() }}) as anomaly_kind,
        cast(direction as {{ dbt.type_string() }}) as direction,
        cast(event_count as bigint) as event_count,
        cast(baseline_week_count as bigint) as baseline_week_count,
        cast(observed_value as {{ sentinel.type_double() }}) as observed_value,
        cast(expected_value as {{ sentinel.type_double() }}) as expected_value,
        cast(
            case
                when direction = 'above' then expected_value + {{ deviations }} * spread_value
                else expected_value - {{ deviations }} * spread_value
            end as {{ sentinel.type_double() }}
        ) as threshold,
        cast(abs(observed_value - expected_value) / spread_value as {{ sentinel.type_double() }})
            as severity_score,
        cast(hour_at as date) as alert_date,
        cast(hour_at as {{ dbt.type_timestamp() }}) as hour_at
    from judged
    where direction is not null
)

select * from final
