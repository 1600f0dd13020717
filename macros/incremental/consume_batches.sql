{#- Post-hook of a model that takes batches: what it claimed in this invocation is now consumed.
    It runs in the model's own transaction where the engine has one; where not, a crash before it
    only means that the same batches are taken again, and taking a batch twice changes nothing. -#}
{% macro consume_batches() %}
    {%- set log = sentinel.run_log_schema() -%}
    insert into {{ log }}.batch_consumption
    select distinct model, batch_id, invocation_id, {{ dbt.current_timestamp() }}
    from {{ log }}.batch_claims
    where model = '{{ this.schema }}.{{ this.identifier }}' and invocation_id = '{{ invocation_id }}'
{% endmacro %}
