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


{#- Spectrum reads the tables of the Glue catalogue, which `sentinel catalogue register` keeps as the
    ledger is: which files are live is said there. -#}
{% macro redshift__create_external_sources() %}
    {%- set schemas = [] %}
    {%- for source in graph.sources.values() if source.config.meta.get('external') %}
        {%- do schemas.append(source.schema) %}
    {%- endfor %}
    {%- for schema in schemas | unique %}
        {%- do sentinel.run_statement(
            'create external schema if not exists ' ~ schema ~ " from data catalog database '"
            ~ env_var('SENTINEL_CATALOGUE', 'sentinel') ~ '_' ~ schema ~ "' " ~ sentinel.storage_role()
        ) %}
    {%- endfor %}
{% endmacro %}


{#- Views over exactly the live files, those that the ledger names or compactions have put in their place:
    what an interrupted or a losing attempt left behind is not among them, and a micro-batch is read
    without listing the lake. A view whose files and columns are what they were is left alone; the hash of
    its text is its comment. -#}
{% macro duckdb__create_external_sources() %}
    {%- set lake = {} %}
    {%- for source in graph.sources.values() if source.config.meta.get('external') %}
        {%- do lake.update({source.name: source}) %}
    {%- endfor %}
    {%- for schema in lake.values() | map(attribute='schema') | unique %}
        {%- do sentinel.run_statement('create schema if not exists ' ~ schema) %}
    {%- endfor %}
    {%- set ledger = lake.pop('ledger') %}
    {%- do sentinel.synchronise_compactions(ledger.database) %}
    {%- do sentinel.synchronise_ledger(ledger) %}
    {%- do sentinel.create_live_files(ledger.database) %}
    {%- set paths = {} %}
    {%- for name, version, listed in run_query(sentinel.files_by_source(lake.values())).rows %}
        {%- do paths.setdefault(name, {}).update({version: listed}) %}
    {%- endfor %}
    {%- set made = {} %}
    {%- for schema, view, comment in run_query('select schema_name, view_name, comment from duckdb_views()').rows %}
        {%- do made.update({(schema, view): comment}) %}
    {%- endfor %}
    {%- for name, source in lake.items() %}
        {%- set body = sentinel.lake_view(source, paths.get(name, {})) %}
        {%- set text_hash = local_md5(body) %}
        {%- if made.get((source.schema, source.identifier)) != text_hash %}
            {%- set view = source.schema ~ '.' ~ source.identifier %}
            {%- do sentinel.run_statement('create or replace view ' ~ view ~ ' as ' ~ body) %}
            {%- do sentinel.run_statement('comment on view ' ~ view ~ " is '" ~ text_hash ~ "'") %}
        {%- endif %}
    {%- endfor %}
{% endmacro %}


{#- Select of the files of each source by schema version, as the text of a list of their addresses: what
    is done once a file in Jinja costs more than reading a micro-batch. -#}
{% macro files_by_source(sources) %}
    select name, schema_version, string_agg({{ sentinel.quoted(sentinel.lake_location() ~ '/') }} || path, $$', '$$ order by path)
    from (
        {%- for source in sources %}
        {%- if source.config.meta.external.get('dataset') %}
        select '{{ source.name }}' as name, schema_version, path
        from {{ source.database }}.lake.live_files
        where dataset = '{{ source.config.meta.external.dataset }}'
        {%- else %}
        select '{{ source.name }}', 1, {{ source.config.meta.external.named_by }}
        from {{ source.database }}.lake.ledger_entries
        where {{ source.config.meta.external.named_by }} is not null
        {%- endif %}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )
    group by name, schema_version
    order by name, schema_version
{% endmacro %}


{#- Text of the view over a source's files. Files of one schema version are alike; those of an older one
    lack columns, which are null.

    Arguments:
        source: node of the source.
        paths: dictionary of schema version to the text of a list of files. -#}
{% macro lake_view(source, paths) %}
    {%- set dataset = source.config.meta.external.get('dataset') %}
    select
        {%- for column in source.columns.values() %}
        cast({{ column.name }} as {{ column.data_type }}) as {{ column.name }}
        {{- ',' if dataset or not loop.last }}
        {%- endfor %}
        {%- if dataset %}
        filename as _file
        {%- endif %}
    from (
        select
            {%- for column in source.columns.values() %}
            cast(null as {{ column.data_type }}) as {{ column.name }},
            {%- endfor %}
            cast(null as varchar) as filename
        where false
        {%- for listed in paths.values() %}
        union all by name
        select * from read_parquet(
            ['{{ listed }}'], hive_partitioning = {{ 'true' if dataset else 'false' }}, filename = true
        )
        {%- endfor %}
    )
{% endmacro %}
