{#- The columns of the tested relation as the warehouse has them, whether or not the test's `where`
    config has made a subquery of it; none while dbt only compiles and the relation may not be there
    yet. A test that runs on a relation without columns raises. -#}
{% macro _tested_columns(model) %}

    {%- set relation = model -%}
    {%- if model is string -%}
        {%- set node = elementary._tested_node() -%}
        {%- set relation = api.Relation.create(
            database=node.database,
            schema=node.schema,
            identifier=node.get("alias") or node.get("identifier") or node.name,
        ) -%}
    {%- endif -%}
    {%- set columns = adapter.get_columns_in_relation(relation) -%}
    {%- if not columns and flags.WHICH in ["build", "test"] -%}
        {{ exceptions.raise_compiler_error(
            "no columns found in " ~ relation ~ ": does it exist?"
        ) }}
    {%- endif -%}
    {{- return(columns) -}}

{% endmacro %}
