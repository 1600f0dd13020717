{#- Names of a schema's tables: asked once, where `create table if not exists` is a statement each. Not by
    the adapter's cache, which would begin a transaction that hooks then lose their work in. -#}
{% macro tables_of_schema(schema) %}
    {{- return(adapter.dispatch('tables_of_schema', 'sentinel')(schema)) -}}
{% endmacro %}


{% macro default__tables_of_schema(schema) %}
    {{- return(run_query(
        "select table_name from information_schema.tables where table_schema = '" ~ schema ~ "'"
    ).columns[0].values() | list) -}}
{% endmacro %}


{% macro spark__tables_of_schema(schema) %}
    {{- return(run_query('show tables in ' ~ schema).columns[1].values() | list) -}}
{% endmacro %}
