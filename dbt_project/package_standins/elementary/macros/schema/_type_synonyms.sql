{#- Names of types that mean the same on an engine. -#}
{% macro _type_synonyms() %}
    {{- return(adapter.dispatch("_type_synonyms", "elementary")()) -}}
{% endmacro %}

{% macro default___type_synonyms() %}
    {{- return({
        "int1": "tinyint", "byte": "tinyint",
        "int2": "smallint", "short": "smallint",
        "int": "integer", "int4": "integer", "signed": "integer",
        "int8": "bigint", "long": "bigint",
        "numeric": "decimal", "dec": "decimal",
        "float4": "real",
        "float8": "double", "double precision": "double",
        "text": "varchar", "string": "varchar", "nvarchar": "varchar",
        "character varying": "varchar",
        "bool": "boolean", "logical": "boolean",
        "timestamp without time zone": "timestamp", "datetime": "timestamp",
        "timestamptz": "timestamp with time zone",
    }) -}}
{% endmacro %}

{#- On DuckDB all text is varchar, and float has 32 bits. -#}
{% macro duckdb___type_synonyms() %}
    {%- set synonyms = elementary.default___type_synonyms() -%}
    {%- do synonyms.update({"float": "real", "char": "varchar", "bpchar": "varchar"}) -%}
    {{- return(synonyms) -}}
{% endmacro %}

{#- On Redshift float has 64 bits. -#}
{% macro redshift___type_synonyms() %}
    {%- set synonyms = elementary.default___type_synonyms() -%}
    {%- do synonyms.update(
        {"float": "double", "character": "char", "nchar": "char", "bpchar": "char"}
    ) -%}
    {{- return(synonyms) -}}
{% endmacro %}

{#- On Spark float has 32 bits. -#}
{% macro spark___type_synonyms() %}
    {%- set synonyms = elementary.default___type_synonyms() -%}
    {%- do synonyms.update({"float": "real"}) -%}
    {{- return(synonyms) -}}
{% endmacro %}
