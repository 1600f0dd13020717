{#- Select of a sample of a feature table's rows, the same ones each time: those whose identifiers
    hash lowest. -#}
{% macro sampled_transactions(model, sample_size) %}
    select *
    from {{ model }}
    order by md5(transaction_id), transaction_id
    limit {{ sample_size }}
{% endmacro %}
