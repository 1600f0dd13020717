{{ config(materialized='view') }}

with reports as (
    select * from {{ ref('int_fraud_labels__deduplicated') }}
),

final as (
    select
        transaction_id,
        label_source,
        fraud_type,
        is_fraud,
        known_until is null as is_latest_report,
        known_from as label_available_at,
        known_until as superseded_at
    from reports
)

select * from final
