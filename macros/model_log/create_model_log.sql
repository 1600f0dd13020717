{#- Tables of what the fraud model's runs found, so that models can read them before any run. Their
    columns are those that the sources declare: the runs write by the same declaration. -#}
{% macro create_model_log() %}
    {%- if execute and flags.WHICH in ('run', 'build', 'seed', 'snapshot', 'test', 'retry') %}
        {%- set types = {
            'varchar': dbt.type_string(), 'double': sentinel.type_double(), 'bigint': 'bigint',
            'timestamp': dbt.type_timestamp(), 'date': 'date', 'boolean': 'boolean',
        } %}
        {%- set declared = graph.sources.values() | selectattr('source_name', 'equalto', 'model_log') | list %}
        {%- set schema = sentinel.model_log_schema() %}
        {%- do sentinel.run_statement('create schema if not exists ' ~ schema) %}
        {%- set present = sentinel.tables_of_schema(schema) %}
        {%- for source in declared if source.name not in present %}
            {%- set columns = [] %}
            {%- for column in source.columns.values() %}
                {%- do columns.append(column.name ~ ' ' ~ types[column.data_type]) %}
            {%- endfor %}
            {%- do sentinel.run_statement('create table if not exists ' ~ schema ~ '.' ~ source.name
                ~ ' (' ~ columns | join(', ') ~ ')') %}
        {%- endfor %}
    {%- endif %}
{% endmacro %}


{% macro model_log_schema() %}
    {{- return(generate_schema_name('model_log', none) | trim) -}}
{% endmacro %}
