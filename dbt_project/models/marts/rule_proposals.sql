with proposals as (
    select * from {{ source('model_log', 'rule_proposals') }}
),

newest as (
    select max(proposed_at) as proposed_at from proposals
),

final as (
    select
        cast(proposals.rule_id as {{ dbt.type_string() }}) as rule_id,
        cast(proposals.present_threshold as {{ sentinel.type_double() }}) as present_threshold,
        cast(proposals.proposed_threshold as {{ sentinel.type_double() }}) as proposed_threshold,
        cast(proposals.present_weight as bigint) as present_weight,
        cast(proposals.proposed_weight as bigint) as proposed_weight,
        cast(proposals.present_hit_count as bigint) as present_hit_count,
        cast(proposals.present_fraud_count as bigint) as present_fraud_count,
        cast(proposals.proposed_hit_count as bigint) as proposed_hit_count,
        cast(proposals.proposed_fraud_count as bigint) as proposed_fraud_count,
        proposals.learnt_from_date,
        proposals.judged_from_date,
        proposals.judged_until_date,
        proposals.proposed_at
    from proposals
    inner join newest
        on proposals.proposed_at = newest.proposed_at
)

select * from final
