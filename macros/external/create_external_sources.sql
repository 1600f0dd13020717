{#- Makes every source that lies in the lake readable: runs before each invocation, so a batch
    that has landed since is there. Types come from the sources' columns, that is, from the data
    contracts. -#}
{% macro create_external_sources() %}
    {%- if execute %}
        {%- for source in graph.sources.values() if source.config.meta.get('external') %}
            {%- do sentinel.create_external_source(source) %}
        {%- endfor %}
    {%- endif %}
{% endmacro %}


{% macro create_external_source(source) %}
    {{- return(adapter.dispatch('create_external_source', 'sentinel')(source)) -}}
{% endmacro %}


{% macro default__create_external_source(source) %}
    {%- do exceptions.raise_compiler_error(
        'External sources are not made by dbt on ' ~ target.type
        ~ ': register ' ~ source.name ~ ' in its catalogue first.'
    ) %}
{% endmacro %}


{% macro redshift__create_external_source(source) %}
    {#- Spectrum reads the Glue catalogue, where infrastructure as code registers the datasets. -#}
{% endmacro %}


{% macro spark__create_external_source(source) %}
    {#- Spark reads the same catalogue. -#}
{% endmacro %}


{% macro duckdb__create_external_source(source) %}
    {%- set external = source.config.meta.external %}
    {%- set pattern = sentinel.lake_location() ~ '/' ~ external.pattern %}
    {%- set is_empty = run_query("select count(*) from glob('" ~ pattern ~ "')").columns[0][0] == 0 %}
    {%- do run_query('create schema if not exists ' ~ source.schema) %}
    {%- set columns = source.columns.values() | list %}
    {%- set relation = source.schema ~ '.' ~ source.identifier %}
    {%- set body -%}
        select
            {%- for column in columns %}
            {% if is_empty -%}
                cast(null as {{ column.data_type }}) as {{ column.name }}
            {%- else -%}
                cast({{ column.name }} as {{ column.data_type }}) as {{ column.name }}
            {%- endif -%}
            {{ ',' if not loop.last }}
            {%- endfor %}
        {%- if is_empty %}
        where false
        {%- elif external.format == 'json' %}
        from read_json(
            '{{ pattern }}',
            columns = { {%- for column in columns %}{{ column.name }}: '{{ column.data_type }}'
                        {{- ', ' if not loop.last }}{% endfor -%} },
            format = 'newline_delimited'
        )
        {%- else %}
        from read_parquet('{{ pattern }}', hive_partitioning = true, union_by_name = true)
        {%- endif %}
    {%- endset %}
    {%- do run_query('create or replace view ' ~ relation ~ ' as ' ~ body) %}
{% endmacro %}
