{#- Fails on each transaction that has none or several versions marked as the latest. -#}
{% test one_latest_version_per_transaction(model) %}
    select transaction_id, sum(case when is_latest_version then 1 else 0 end) as latest_count
    from {{ model }}
    group by transaction_id
    having sum(case when is_latest_version then 1 else 0 end) <> 1
{% endtest %}
