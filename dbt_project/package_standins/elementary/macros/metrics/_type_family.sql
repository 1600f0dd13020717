{#- Which monitors a column can have: those for "numeric", "string", "boolean" or "other" types. -#}
{% macro _type_family(data_type) %}

    {%- set name = elementary._parsed_type(data_type)["name"] -%}
    {%- set families = {
        "numeric": ["tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint",
            "uinteger", "ubigint", "decimal", "real", "float", "double"],
        "string": ["varchar", "char"],
        "boolean": ["boolean"],
    } -%}
    {%- for family, names in families.items() if name in names -%}
        {{- return(family) -}}
    {%- endfor -%}
    {{- return("other") -}}

{% endmacro %}
