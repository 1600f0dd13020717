{#- The columns of a relation that a test looks at; none while dbt only compiles it and the relation
    may not be there yet. A test that runs on a relation without columns raises, and so does one
    whose `where` config has made a subquery of the relation. -#}
{% macro _columns_of(model) %}

    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- if model is string -%}
        {{ exceptions.raise_compiler_error(
            "tests of a table's columns take no `where` config, found in: " ~ model
        ) }}
    {%- endif -%}
    {%- set columns = adapter.get_columns_in_relation(model) -%}
    {%- if not columns and flags.WHICH in ["build", "test"] -%}
        {{ exceptions.raise_compiler_error("no columns found in " ~ model ~ ": does it exist?") }}
    {%- endif -%}
    {{- return(columns) -}}

{% endmacro %}
