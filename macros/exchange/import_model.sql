{#- Puts the rows that another engine exported in the place of a model's own, in one transaction with the
    batches they hold: the next run takes what has been committed since, and nothing twice.

    The model has to be built before, empty or not, so that its columns, distribution and sort key are those
    that the project says.

    Run by `dbt run-operation import_model`.

    Arguments:
        model: name of the model.
        location: what `export_model` was given. -#}
{% macro import_model(model, location) %}
    {%- set relation = sentinel.relation_of(model) %}
    {%- set columns = sentinel.exchanged_columns(relation) %}
    {%- set consumption = sentinel.run_log_schema() ~ '.batch_consumption' %}
    {%- set name = sentinel.quoted(relation.schema ~ '.' ~ relation.identifier) %}
    {%- set batches = relation.schema ~ '.' ~ relation.identifier ~ '__batches' %}
    {%- do sentinel.run_statement('begin') %}
    {%- do sentinel.run_statement('create table ' ~ batches ~ ' (batch_id ' ~ dbt.type_string() ~ ')') %}
    {%- do sentinel.read_parquet_into(batches, ['batch_id'], location ~ '/batches') %}
    {%- do sentinel.run_statement('delete from ' ~ relation) %}
    {%- do sentinel.read_parquet_into(relation, columns, location ~ '/rows') %}
    {%- do sentinel.run_statement('delete from ' ~ consumption ~ ' where model = ' ~ name) %}
    {%- do sentinel.run_statement(
        'insert into ' ~ consumption ~ ' select ' ~ name ~ ", batch_id, '" ~ invocation_id ~ "', "
        ~ dbt.current_timestamp() ~ ' from ' ~ batches
    ) %}
    {%- do sentinel.run_statement('drop table ' ~ batches) %}
    {%- do sentinel.run_statement('commit') %}
    {%- do log('imported: ' ~ run_query('select count(*) from ' ~ relation).columns[0][0] ~ ' rows from ' ~ location, info=true) %}
{% endmacro %}


{#- Appends the rows of Parquet files below a folder, whose columns are those named, in that order. -#}
{% macro read_parquet_into(relation, columns, folder) %}
    {%- do adapter.dispatch('read_parquet_into', 'sentinel')(relation, columns, folder) %}
{% endmacro %}


{% macro duckdb__read_parquet_into(relation, columns, folder) %}
    {%- set named = columns | join(', ') %}
    {%- do sentinel.run_statement(
        'insert into ' ~ relation ~ ' (' ~ named ~ ') select ' ~ named
        ~ ' from read_parquet(' ~ sentinel.quoted(folder ~ '/*.parquet') ~ ')'
    ) %}
{% endmacro %}


{% macro redshift__read_parquet_into(relation, columns, folder) %}
    {%- do sentinel.run_statement(
        'copy ' ~ relation ~ ' (' ~ columns | join(', ') ~ ') from ' ~ sentinel.quoted(folder ~ '/') ~ ' '
        ~ sentinel.storage_role() ~ ' format as parquet'
    ) %}
{% endmacro %}


{% macro spark__read_parquet_into(relation, columns, folder) %}
    {%- do exceptions.raise_compiler_error(
        'Spark takes nothing over: it knows no transaction over two tables. Build it there instead.'
    ) %}
{% endmacro %}


{#- The role by which Redshift reads and writes S3, as its statements name it. -#}
{% macro storage_role() %}
    {%- set role = env_var('SENTINEL_REDSHIFT_IAM_ROLE', 'default') %}
    {{- return('iam_role ' ~ (role if role == 'default' else sentinel.quoted(role))) -}}
{% endmacro %}
