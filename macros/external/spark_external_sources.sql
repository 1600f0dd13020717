{#- The lake as Spark sees it: a table over each folder, the ledger and the compactions as they are when the
    invocation begins, and views of the raw zone that let through the rows of live files alone.

    Spark cannot be given a list of files in a view. It lists the folder, whose dates it prunes by, and what
    no entry names is left out by a join with the short list of live files: read for nothing, and little.
    Folders are listed once, by `refresh table`: what lands meanwhile waits for the next invocation. -#}
{% macro spark__create_external_sources() %}
    {%- set lake = {} %}
    {%- for source in graph.sources.values() if source.config.meta.get('external') %}
        {%- do lake.update({source.name: source}) %}
    {%- endfor %}
    {%- set ledger = lake.pop('ledger') %}
    {%- set statements = sentinel.spark_lake_statements(ledger, lake.values()) %}
    {%- set text_hash = local_md5(statements | join(';')) %}
    {%- do sentinel.run_statement('create schema if not exists ' ~ ledger.schema) %}
    {%- do sentinel.run_statement('create table if not exists lake.sources_made (text_hash string)') %}
    {%- if run_query('select text_hash from lake.sources_made').columns[0].values() | list == [text_hash] %}
        {%- for name in ['compactions', 'ledger'] + lake.keys() | list %}
            {%- do sentinel.run_statement('refresh table lake_files.' ~ name) %}
        {%- endfor %}
        {%- do sentinel.spark_read_ledger() %}
    {%- else %}
        {%- for statement in statements %}{%- do sentinel.run_statement(statement) %}{%- endfor %}
        {%- do sentinel.spark_read_ledger() %}
        {%- for source in lake.values() %}
            {%- do sentinel.run_statement(sentinel.spark_lake_view(source)) %}
        {%- endfor %}
        {%- do sentinel.run_statement("insert overwrite table lake.sources_made values ('" ~ text_hash ~ "')") %}
    {%- endif %}
{% endmacro %}


{#- The statements that make tables over folders, tables of what is live, and the view of the ledger. -#}
{% macro spark_lake_statements(ledger, sources) %}
    {%- set statements = [] %}
    {%- for schema in ['lake_files'] + sources | map(attribute='schema') | unique | list %}
        {%- do statements.append('create schema if not exists ' ~ schema) %}
    {%- endfor %}
    {%- for source in [ledger] + sources | list %}
        {%- set folder = source.config.meta.external.pattern.split('/*')[0] %}
        {%- do statements.append('drop table if exists lake_files.' ~ source.name) %}
        {%- do statements.append(sentinel.spark_folder_table(
            source.name, folder, sentinel.spark_columns_of_files(source), source.config.meta.external.get('dataset')
        )) %}
    {%- endfor %}
    {%- do statements.append('drop table if exists lake_files.compactions') %}
    {%- do statements.append(sentinel.spark_folder_table('compactions', 'compactions', {
        'dataset': 'string', 'event_date': 'date', 'generation': 'bigint', 'replaced': 'array<string>',
        'added': 'array<struct<path: string>>',
    })) %}
    {#- As many columns as `spark_read_ledger` fills. -#}
    {%- set entries = sentinel.spark_columns_of_files(ledger) %}
    {%- for table, columns in {
        'compactions': {
            'dataset': 'string', 'event_date': 'date', 'generation': 'bigint',
            'replaced': 'array<string>', 'added': 'array<struct<path: string>>',
        },
        'ledger_entries': entries,
        'live_files': {'path': 'string'},
    }.items() %}
        {%- do statements.append('drop table if exists lake.' ~ table) %}
        {%- do statements.append('create table lake.' ~ table ~ ' (' ~ sentinel.spark_declared(columns) ~ ')') %}
    {%- endfor %}
    {%- do statements.append(
        'create or replace view ' ~ ledger.schema ~ '.' ~ ledger.identifier ~ ' as select '
        ~ ledger.columns.keys() | join(', ') ~ ' from lake.ledger_entries'
    ) %}
    {{- return(statements) -}}
{% endmacro %}


{#- A table over a folder of the lake. Those of datasets have a folder for each date. -#}
{% macro spark_folder_table(name, folder, columns, dataset=none) %}
    {%- set location = sentinel.absolute_lake_location() ~ '/' ~ folder %}
    {%- set format = 'parquet' if folder.startswith(('raw/', 'quarantine', 'replayed')) else 'json' %}
    {%- set options = {} %}
    {%- if not dataset %}{%- do options.update({'recursiveFileLookup': 'true'}) %}{%- endif %}
    {%- if format == 'json' %}{%- do options.update({'mode': 'FAILFAST'}) %}{%- endif %}
    {%- set said = [] %}
    {%- for key, value in options.items() %}{%- do said.append(key ~ " '" ~ value ~ "'") %}{%- endfor %}
    {{- return(
        'create table lake_files.' ~ name ~ ' (' ~ sentinel.spark_declared(columns) ~ ') using ' ~ format
        ~ (' options (' ~ said | join(', ') ~ ')' if said else '')
        ~ (' partitioned by (event_date)' if dataset else '')
        ~ " location '" ~ location ~ "'"
    ) -}}
{% endmacro %}


{#- Column to type as the files of a source have it. Times in Parquet are without a zone. -#}
{% macro spark_columns_of_files(source) %}
    {%- set columns = {} %}
    {%- set is_parquet = source.config.meta.external.format == 'parquet' %}
    {%- for column in source.columns.values() %}
        {%- set type = sentinel.spark_type(column.data_type) %}
        {%- do columns.update({
            column.name: 'timestamp_ntz' if is_parquet and type == 'timestamp' else type
        }) %}
    {%- endfor %}
    {%- if source.name == 'ledger' %}
        {%- do columns.update({
            'files': 'array<struct<path: string, event_date: date, row_count: bigint>>',
            'rejected_file': 'string', 'replayed_file': 'string',
        }) %}
    {%- endif %}
    {{- return(columns) -}}
{% endmacro %}


{% macro spark_declared(columns) %}
    {%- set declared = [] %}
    {%- for name, type in columns.items() %}{%- do declared.append(name ~ ' ' ~ type) %}{%- endfor %}
    {{- return(declared | join(', ')) -}}
{% endmacro %}


{#- What is live now; as `create_live_files` on DuckDB and `sentinel/live_files.py` say it. The compactions
    are read before the ledger: then each file that was replaced is of a batch that is known. -#}
{% macro spark_read_ledger() %}
    {%- do sentinel.run_statement('
        insert overwrite table lake.compactions
        select dataset, event_date, generation, replaced, added from (
            select *, row_number() over (partition by dataset, event_date order by generation) as place
            from lake_files.compactions
        ) as numbered
        where generation = place
    ') %}
    {%- do sentinel.run_statement('insert overwrite table lake.ledger_entries select * from lake_files.ledger') %}
    {%- do sentinel.run_statement('
        insert overwrite table lake.live_files
        select path from (
            select explode(files.path) as path from lake.ledger_entries
            union all
            select explode(added.path) as path from lake.compactions
            union all
            select rejected_file as path from lake.ledger_entries
            union all
            select replayed_file as path from lake.ledger_entries
        ) as named
        where path is not null
            and path not in (select path from (select explode(replaced) as path from lake.compactions) as gone)
    ') %}
{% endmacro %}


{% macro spark_lake_view(source) %}
    {%- set dataset = source.config.meta.external.get('dataset') %}
    {%- set folder = source.config.meta.external.pattern.split('/*')[0] %}
    create or replace view {{ source.schema }}.{{ source.identifier }} as
    select
        {%- for column in source.columns.values() %}
        cast(files.{{ column.name }} as {{ sentinel.spark_type(column.data_type) }}) as {{ column.name }}
        {{- ',' if dataset or not loop.last }}
        {%- endfor %}
        {%- if dataset %}
        concat('{{ sentinel.absolute_lake_location() }}/', files._path) as _file
        {%- endif %}
    from (
        select
            *,
            regexp_extract(_metadata.file_path, '.*({{ folder }}/[^/]+/[^/]+)$', 1) as _path
        from lake_files.{{ source.name }}
    ) as files
    left semi join lake.live_files as live
        on files._path = live.path
{% endmacro %}
