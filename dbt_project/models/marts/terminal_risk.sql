{{ sentinel.entity_risk('terminal_id', ref('fct_transactions'), ref('fct_fraud_alerts')) }}
