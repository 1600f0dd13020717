{#- The relation's columns, comma-separated, without those named in `except` (case ignored). While
    dbt parses, and when it compiles before the relation exists, the answer is `*`. -#}
{% macro star(
    from, relation_alias=false, except=[], prefix="", suffix="", quote_identifiers=true
) %}

    {%- if not execute -%}{{ return("*") }}{%- endif -%}

    {%- set left_out = except | map("lower") | list -%}
    {%- set selected = [] -%}
    {%- set columns = adapter.get_columns_in_relation(from) -%}
    {%- for column in columns if column.name | lower not in left_out -%}
        {%- set name = adapter.quote(column.name) if quote_identifiers else column.name -%}
        {%- set renamed = prefix ~ column.name ~ suffix -%}
        {%- set alias = adapter.quote(renamed) if quote_identifiers else renamed -%}
        {%- do selected.append(
            (relation_alias ~ "." if relation_alias else "")
            ~ name
            ~ (" as " ~ alias if prefix or suffix else "")
        ) -%}
    {%- endfor -%}
    {%- if not selected and flags.WHICH == "compile" -%}{{ return("*") }}{%- endif -%}
    {%- if not selected -%}
        {{ exceptions.raise_compiler_error("star: no column of " ~ from ~ " is left to select") }}
    {%- endif -%}

    {{- return(selected | join(",\n    ")) -}}

{% endmacro %}
