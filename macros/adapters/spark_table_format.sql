{#- In what Spark keeps tables whose rows change: `parquet`, which every Spark has, or `iceberg`, from which
    rows can be deleted and which changes in one step. SENTINEL_SPARK_TABLE_FORMAT says which. Tables that are
    made anew each time are Parquet either way. -#}
{% macro spark_table_format() %}
    {%- set format = env_var('SENTINEL_SPARK_TABLE_FORMAT', 'parquet') %}
    {%- if format not in ('parquet', 'iceberg') %}
        {%- do exceptions.raise_compiler_error(
            "SENTINEL_SPARK_TABLE_FORMAT is '" ~ format ~ "', which does not exist: use parquet or iceberg."
        ) %}
    {%- endif %}
    {{- return(format) -}}
{% endmacro %}
