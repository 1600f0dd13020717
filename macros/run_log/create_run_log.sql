{#- Tables that outlive any model: which batches each incremental model has consumed, and how
    each invocation went. Append-only, so that they need nothing but inserts on any engine. -#}
{% macro create_run_log() %}
    {%- if execute and flags.WHICH in ('run', 'build', 'seed', 'snapshot', 'test', 'retry') %}
        {%- set schema = sentinel.run_log_schema() %}
        {%- set text = dbt.type_string() %}
        {%- set time = dbt.type_timestamp() %}
        {%- do sentinel.run_statement('create schema if not exists ' ~ schema) %}
        {%- set present = sentinel.tables_of_schema(schema) %}
        {%- for name, columns in {
            'batch_claims': 'model ' ~ text ~ ', batch_id ' ~ text ~ ', invocation_id ' ~ text,
            'batch_consumption': 'model ' ~ text ~ ', batch_id ' ~ text ~ ', invocation_id '
                ~ text ~ ', consumed_at ' ~ time,
            'changed_transactions': 'batch_id ' ~ text ~ ', transaction_id ' ~ text ~ ', customer_id '
                ~ text ~ ', terminal_id ' ~ text ~ ', transaction_at ' ~ time ~ ', noted_at ' ~ time,
            'invocations': 'invocation_id ' ~ text ~ ', command ' ~ text ~ ', target ' ~ text
                ~ ', orchestrator_run_id ' ~ text ~ ', started_at ' ~ time ~ ', ended_at ' ~ time,
            'node_results': 'invocation_id ' ~ text ~ ', node_id ' ~ text ~ ', resource_type '
                ~ text ~ ', schema_name ' ~ text ~ ', node_name ' ~ text ~ ', tested_node ' ~ text
                ~ ', tested_column ' ~ text ~ ', severity ' ~ text ~ ', status ' ~ text
                ~ ', failure_count bigint, execution_seconds '
                ~ sentinel.type_double() ~ ', message ' ~ text,
        }.items() if name not in present %}
            {%- do sentinel.run_statement('create table if not exists ' ~ schema ~ '.' ~ name
                ~ ' (' ~ columns ~ ')' ~ sentinel.changeable_table()) %}
        {%- endfor %}
    {%- endif %}
{% endmacro %}
