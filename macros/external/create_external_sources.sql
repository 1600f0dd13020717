{#- Makes every source that lies in the lake readable: runs before each invocation, so a batch
    that has landed since is there. Types come from the sources' columns, that is, from the data
    contracts. -#}
{% macro create_external_sources() %}
    {%- if execute %}
        {{- adapter.dispatch('create_external_sources', 'sentinel')() -}}
    {%- endif %}
{% endmacro %}


{% macro default__create_external_sources() %}
    {%- do exceptions.raise_compiler_error(
        'External sources are not made by dbt on ' ~ target.type
        ~ ': register the datasets of the lake in its catalogue first.'
    ) %}
{% endmacro %}


{% macro redshift__create_external_sources() %}
    {#- Spectrum reads the Glue catalogue, where infrastructure as code registers the datasets. -#}
{% endmacro %}


{% macro spark__create_external_sources() %}
    {#- Spark reads the same catalogue. -#}
{% endmacro %}


{#- Views over exactly the live files, those that the ledger names or compactions have put in their place:
    what an interrupted or a losing attempt left behind is not among them, and a micro-batch is read
    without listing the lake. -#}
{% macro duckdb__create_external_sources() %}
    {%- set lake = {} %}
    {%- for source in graph.sources.values() if source.config.meta.get('external') %}
        {%- do lake.update({source.name: source}) %}
        {%- do run_query('create schema if not exists ' ~ source.schema) %}
    {%- endfor %}
    {%- set ledger = lake.pop('ledger') %}
    {%- do sentinel.synchronise_compactions(ledger.database) %}
    {%- do sentinel.synchronise_ledger(ledger) %}
    {%- do sentinel.create_live_files(ledger.database) %}
    {%- for source in lake.values() %}
        {%- do sentinel.create_lake_view(source) %}
    {%- endfor %}
{% endmacro %}


{#- A view over the live files of one dataset, or over those that a field of the ledger names. Files of one schema
    version are alike; those of an older one lack columns, which are null. -#}
{% macro create_lake_view(source) %}
    {%- set dataset = source.config.meta.external.get('dataset') %}
    {%- set files -%}
        {%- if dataset -%}
            select schema_version, path from {{ source.database }}.lake.live_files
            where dataset = '{{ dataset }}'
        {%- else -%}
            {%- set named_by = source.config.meta.external.named_by %}
            select 1, {{ named_by }} from {{ source.database }}.lake.ledger_entries
            where {{ named_by }} is not null
        {%- endif -%}
    {%- endset %}
    {%- set by_version = {} %}
    {%- for version, path in run_query(files ~ ' order by 1, 2').rows %}
        {%- do by_version.setdefault(version, []).append(sentinel.lake_location() ~ '/' ~ path) %}
    {%- endfor %}
    {%- set columns = source.columns.values() | list %}
    {%- set body -%}
        select
            {%- for column in columns %}
            cast({{ column.name }} as {{ column.data_type }}) as {{ column.name }}
            {{- ',' if dataset or not loop.last }}
            {%- endfor %}
            {%- if dataset %}
            filename as _file
            {%- endif %}
        from (
            select
                {%- for column in columns %}
                cast(null as {{ column.data_type }}) as {{ column.name }},
                {%- endfor %}
                cast(null as varchar) as filename
            where false
            {%- for paths in by_version.values() %}
            union all by name
            select * from read_parquet(
                ['{{ paths | join("', '") }}'], hive_partitioning = {{ 'true' if dataset else 'false' }}, filename = true
            )
            {%- endfor %}
        )
    {%- endset %}
    {%- do run_query('create or replace view ' ~ source.schema ~ '.' ~ source.identifier ~ ' as ' ~ body) %}
{% endmacro %}
