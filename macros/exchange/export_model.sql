{#- Writes a model's rows as Parquet, and beside them which batches they hold: what another engine needs to
    take the model over and go on from there. A back-fill of years is made by Spark and read by Redshift's
    COPY; a training set is read from what Redshift unloads.

    Run by `dbt run-operation export_model`.

    Arguments:
        model: name of the model.
        location: a folder that is there, or s3://bucket/prefix, without a slash at its end. -#}
{% macro export_model(model, location) %}
    {%- set relation = sentinel.relation_of(model) %}
    {%- set columns = sentinel.exchanged_columns(relation) %}
    {%- set name = sentinel.quoted(relation.schema ~ '.' ~ relation.identifier) %}
    {%- do sentinel.write_parquet(
        'select ' ~ columns | join(', ') ~ ' from ' ~ relation, location ~ '/rows'
    ) %}
    {%- do sentinel.write_parquet(
        'select distinct batch_id from ' ~ sentinel.run_log_schema() ~ '.batch_consumption where model = ' ~ name,
        location ~ '/batches'
    ) %}
    {%- do log('exported: ' ~ run_query('select count(*) from ' ~ relation).columns[0][0] ~ ' rows to ' ~ location, info=true) %}
{% endmacro %}


{#- The table of a model. -#}
{% macro relation_of(model) %}
    {%- set nodes = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
        | selectattr('name', 'equalto', model) | list %}
    {%- if not nodes %}{% do exceptions.raise_compiler_error('there is no model ' ~ model) %}{% endif %}
    {{- return(api.Relation.create(nodes[0].database, nodes[0].schema, nodes[0].alias)) -}}
{% endmacro %}


{#- Columns in an order that does not depend on the engine, since COPY goes by position. What one engine keeps
    a table by is not among them. Asked by a query: the adapter would begin a transaction that is not ours. -#}
{% macro exchanged_columns(relation) %}
    {{- return(
        run_query('select * from ' ~ relation ~ ' where 1 = 0').column_names | map('lower')
        | reject('equalto', '_event_month') | sort
    ) -}}
{% endmacro %}
