{{ config(materialized='view') }}

with observed as (
    select * from {{ ref('int_transactions__rules_observed') }}
),

rules as (
    select * from {{ ref('fraud_rules') }}
    where is_active
),

-- One row with a threshold and a weight per rule; an inactive rule has neither and never hits.
limits as (
    select
        {%- for rule_id in sentinel.fraud_rules() %}
        max(case when rule_id = '{{ rule_id }}' then threshold end) as {{ rule_id }}_threshold,
        max(case when rule_id = '{{ rule_id }}' then weight end) as {{ rule_id }}_weight
        {{- ',' if not loop.last }}
        {%- endfor %}
    from rules
),

scored as (
    select
        observed.transaction_id,
        observed.customer_id,
        observed.terminal_id,
        observed.reporting_amount,
        observed.transaction_at,
        {%- for rule_id in sentinel.fraud_rules() %}
        case
            when observed.{{ rule_id }} > limits.{{ rule_id }}_threshold
                then limits.{{ rule_id }}_weight
            else 0
        end {{ '+' if not loop.last }}
        {%- endfor %} as weight_sum,
        {%- for rule_id in sentinel.fraud_rules() %}
        case
            when observed.{{ rule_id }} > limits.{{ rule_id }}_threshold then '{{ rule_id }} '
            else ''
        end {{ '||' if not loop.last }}
        {%- endfor %} as reasons
    from observed
    cross join limits
),

alerts as (
    select
        *,
        case when weight_sum > 100 then 100 else weight_sum end as score
    from scored
    where weight_sum >= {{ var('alert_score_threshold') }}
),

final as (
    select
        cast('alert-' || transaction_id as {{ dbt.type_string() }}) as alert_id,
        transaction_id,
        customer_id,
        terminal_id,
        cast(replace(trim(reasons), ' ', ', ') as {{ dbt.type_string() }}) as reasons,
        cast(score as integer) as score,
        reporting_amount,
        -- What is at stake if the score were a probability: the order in which to look.
        cast(reporting_amount * cast(score * 0.01 as decimal(3, 2)) as decimal(18, 2))
            as queue_priority_amount,
        cast(row_number() over (
            partition by cast(transaction_at as date)
            order by score desc, reporting_amount desc, transaction_id
        ) as integer) as queue_rank,
        cast(transaction_at as date) as alert_date,
        transaction_at
    from alerts
)

select * from final
