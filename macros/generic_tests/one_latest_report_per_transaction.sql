{#- Fails on each transaction whose label history does not end in exactly one latest report. -#}
{% test one_latest_report_per_transaction(model) %}
    select transaction_id, sum(case when is_latest_report then 1 else 0 end) as latest_count
    from {{ model }}
    group by transaction_id
    having sum(case when is_latest_report then 1 else 0 end) <> 1
{% endtest %}
