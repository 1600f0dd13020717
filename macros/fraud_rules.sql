{#- What each fraud rule observes about a transaction: rule_id to a SQL expression over the CTEs
    `transactions`, `features`, `history`, `countries` and `merchant_categories` of
    int_transactions__rules_observed.

    An expression is null where the rule does not apply. A transaction hits the rule when the
    observed value is greater than the threshold in the seed `fraud_rules`; so a threshold is
    changed there without rebuilding anything that grows with history. -#}
{% macro fraud_rules() %}
    {%- set double = sentinel.type_double() %}
    {%- set amount = 'cast(transactions.reporting_amount as ' ~ double ~ ')' %}
    {{- return({
        'amount_over_limit': amount,
        'amount_above_customer_mean':
            'case when history.customer_earlier_transaction_count_30d >= 5'
            ~ ' then history.amount_to_customer_mean_ratio_30d end',
        'small_amount_burst':
            'case when transactions.reporting_amount < ' ~ var('small_amount')
            ~ ' then cast(history.customer_small_amount_count_1h as ' ~ double ~ ') end',
        'terminal_recent_fraud_rate':
            'case when features.terminal_transaction_count_30d_delay_7d >= 5'
            ~ ' then features.terminal_fraud_rate_30d_delay_7d end',
        'impossible_travel':
            "case when history.customer_distance_from_previous_km >= 100"
            ~ " and transactions.channel in ('card_present', 'atm')"
            ~ ' then history.customer_speed_from_previous_km_per_hour end',
        'night_card_not_present':
            "case when features.is_night and transactions.channel = 'card_not_present' then "
            ~ amount ~ ' end',
        'first_terminal_large_amount':
            'case when history.is_first_terminal_use_30d'
            ~ ' and history.customer_earlier_transaction_count_30d >= 5 then ' ~ amount ~ ' end',
        'high_risk_country': 'cast(countries.risk_score as ' ~ double ~ ')',
        'high_risk_merchant':
            'case when transactions.reporting_amount >= 100'
            ~ ' then cast(merchant_categories.risk_score as ' ~ double ~ ') end',
        'customer_recent_fraud':
            'cast(history.customer_fraud_count_30d_delay_7d as ' ~ double ~ ')',
        'terminal_volume_spike':
            'case when history.terminal_transaction_count_7d >= 14'
            ~ ' then cast(history.terminal_transaction_count_1d as ' ~ double ~ ') * 7'
            ~ ' / history.terminal_transaction_count_7d end',
        'far_from_usual_place':
            "case when transactions.channel in ('card_present', 'atm')"
            ~ ' then history.customer_distance_from_usual_km_30d end',
    }) -}}
{% endmacro %}
