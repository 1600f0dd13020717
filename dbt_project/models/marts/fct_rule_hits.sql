{{ config(materialized='view') }}

with observed as (
    select * from {{ ref('int_transactions__rules_observed') }}
),

rules as (
    select * from {{ ref('fraud_rules') }}
    where is_active
),

hits as (
    {%- for rule_id in sentinel.fraud_rules() %}
    select
        observed.transaction_id,
        observed.customer_id,
        observed.terminal_id,
        rules.rule_id,
        observed.{{ rule_id }} as observed_value,
        rules.threshold,
        rules.weight,
        observed.transaction_at
    from observed
    inner join rules
        on rules.rule_id = '{{ rule_id }}'
        and observed.{{ rule_id }} > rules.threshold
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        cast(transaction_id as {{ dbt.type_string() }}) as transaction_id,
        cast(customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(terminal_id as {{ dbt.type_string() }}) as terminal_id,
        cast(rule_id as {{ dbt.type_string() }}) as rule_id,
        cast(observed_value as {{ sentinel.type_double() }}) as observed_value,
        cast(threshold as {{ sentinel.type_double() }}) as threshold,
        cast(weight as integer) as weight,
        transaction_at
    from hits
)

select * from final
