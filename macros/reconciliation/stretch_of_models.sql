{#- Stream against batch: the rows that micro-batches left in a stretch of event time are kept aside, the
    models take the batches of the stretch again, and what is kept is held against what there is then.

    Three operations (`dbt run-operation`) around `release_batches` and a run of the models:
    keep_rows_of_stretch, compare_rows_of_stretch, forget_rows_of_stretch. -#}


{#- Copies each model's rows of the stretch. -#}
{% macro keep_rows_of_stretch(from_at, to_at) %}
    {%- do sentinel.run_statement('create schema if not exists ' ~ sentinel.reconciliation_schema()) %}
    {%- for node in sentinel.streamed_models() %}
        {%- set kept = sentinel.kept_rows(node) %}
        {%- do sentinel.run_statement('drop table if exists ' ~ kept) %}
        {%- do sentinel.run_statement(
            'create table ' ~ kept ~ ' as ' ~ sentinel.rows_of_stretch(node, from_at, to_at)
        ) %}
    {%- endfor %}
{% endmacro %}


{#- Says for each model, as a line of JSON: how many rows there are now, how many of those are new or
    other than they were, and how many of those kept are gone or other now. -#}
{% macro compare_rows_of_stretch(from_at, to_at) %}
    {%- set compared = [] %}
    {%- for node in sentinel.streamed_models() %}
        {%- set before = 'select * from ' ~ sentinel.kept_rows(node) %}
        {%- set after = sentinel.rows_of_stretch(node, from_at, to_at) %}
        {%- set counts = run_query(
            'select (select count(*) from (' ~ after ~ ') as counted), (select count(*) from (' ~ after
            ~ ' except ' ~ before ~ ') as came), (select count(*) from (' ~ before ~ ' except ' ~ after
            ~ ') as went), (select count(*) from (' ~ before ~ ') as kept)'
        ).rows[0] %}
        {%- do compared.append({
            'model': node.config.schema ~ '.' ~ node.name,
            'row_count': counts[0] | int,
            'came_count': counts[1] | int,
            'went_count': counts[2] | int,
            'kept_row_count': counts[3] | int,
        }) %}
    {%- endfor %}
    {%- do log('rows compared: ' ~ tojson(compared), info=true) %}
{% endmacro %}


{#- Removes what was kept. -#}
{% macro forget_rows_of_stretch() %}
    {%- for node in sentinel.streamed_models() %}
        {%- do sentinel.run_statement('drop table if exists ' ~ sentinel.kept_rows(node)) %}
    {%- endfor %}
{% endmacro %}


{#- The incremental models that a micro-batch builds: those that name their event time. -#}
{% macro streamed_models() %}
    {%- set found = [] %}
    {%- for node in graph.nodes.values() if node.package_name == 'sentinel' and node.resource_type == 'model'
        and node.config.materialized == 'incremental' and node.config.event_time %}
        {%- do found.append(node) %}
    {%- endfor %}
    {{- return(found) -}}
{% endmacro %}


{% macro rows_of_stretch(node, from_at, to_at) -%}
    select * from {{ node.schema }}.{{ node.alias }}
    where {{ node.config.event_time }} >= cast('{{ from_at }}' as timestamp)
        and {{ node.config.event_time }} < cast('{{ to_at }}' as timestamp)
{%- endmacro %}


{% macro kept_rows(node) -%}
    {{ sentinel.reconciliation_schema() }}.{{ node.name }}
{%- endmacro %}


{% macro reconciliation_schema() %}
    {{- return(generate_schema_name('reconciliation', none) | trim) -}}
{% endmacro %}
