{{ sentinel.entity_risk('customer_id', ref('fct_transactions'), ref('fct_fraud_alerts')) }}
