with alerts as (
    select * from {{ ref('explained_alerts') }}
),

hits as (
    select transaction_id, rule_id from {{ ref('fct_rule_hits') }}
),

reasons as (
    select * from {{ source('model_log', 'alert_reasons') }}
),

causes as (
    select
        'rule' as cause_kind,
        hits.rule_id as cause,
        alerts.alert_id,
        alerts.decision
    from alerts
    inner join hits
        on alerts.transaction_id = hits.transaction_id
    where alerts.alert_source in ('rules', 'rules_and_model')
    union all
    select
        'model_input' as cause_kind,
        reasons.input_name as cause,
        alerts.alert_id,
        alerts.decision
    from alerts
    inner join reasons
        on alerts.transaction_id = reasons.transaction_id
        and alerts.model_version = reasons.model_version
        and alerts.scored_at = reasons.scored_at
    where alerts.alert_source in ('model', 'rules_and_model')
),

counted as (
    select
        *,
        count(*) over (partition by cause_kind, alert_id) as cause_count
    from causes
),

final as (
    select
        cast(cause_kind as {{ dbt.type_string() }}) as cause_kind,
        cast(cause as {{ dbt.type_string() }}) as cause,
        cast(count(*) as bigint) as alert_count,
        cast(sum(case when cause_count = 1 then 1 else 0 end) as bigint) as sole_cause_count,
        cast(sum(case when decision is not null then 1 else 0 end) as bigint) as decided_count,
        cast(sum(case when decision = 'false_positive' then 1 else 0 end) as bigint)
            as false_positive_count,
        cast(sum(case when decision = 'false_positive' then 1 else 0 end)
            as {{ sentinel.type_double() }})
            / nullif(sum(case when decision is not null then 1 else 0 end), 0) as false_positive_rate
    from counted
    group by cause_kind, cause
)

select * from final
