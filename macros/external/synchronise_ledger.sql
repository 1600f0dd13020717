{#- The ledger as a table of the warehouse: entries are write-once, so only new ones are read. What is
    no longer in the lake, because it is another one, goes. -#}
{% macro synchronise_ledger(source) %}
    {%- set entries = source.database ~ '.lake.ledger_entries' %}
    {%- set objects = sentinel.lake_location() ~ '/' ~ source.config.meta.external.pattern %}
    {%- set types = {} %}
    {%- for column in source.columns.values() %}
        {%- do types.update({column.name: column.data_type}) %}
    {%- endfor %}
    {%- do types.update({
        'files': 'struct(path varchar, event_date date, row_count bigint)[]',
        'rejected_file': 'varchar',
        'replayed_file': 'varchar',
    }) %}
    {%- set declared = [] %}
    {%- for name, type in types.items() %}{%- do declared.append(name ~ ' ' ~ type) %}{%- endfor %}
    {%- do run_query('create table if not exists ' ~ entries ~ ' (' ~ declared | join(', ') ~ ', _object varchar)') %}
    {#- A warehouse that was made when entries had fewer fields. -#}
    {%- set present = run_query(
        "select column_name from information_schema.columns where table_catalog = '" ~ source.database
        ~ "' and table_schema = 'lake' and table_name = 'ledger_entries'"
    ).columns[0].values() | list %}
    {%- for name, type in types.items() if name not in present %}
        {%- do run_query('alter table ' ~ entries ~ ' add column ' ~ name ~ ' ' ~ type) %}
    {%- endfor %}
    {%- do run_query(
        'create or replace view ' ~ source.schema ~ '.' ~ source.identifier ~ ' as select '
        ~ source.columns.keys() | join(', ') ~ ' from ' ~ entries
    ) %}
    {%- do run_query(
        'delete from ' ~ entries ~ " where _object not in (select file from glob('" ~ objects ~ "'))"
    ) %}
    {%- set fresh = run_query(
        "select file from glob('" ~ objects ~ "') where file not in (select _object from " ~ entries ~ ')'
    ).columns[0].values() | list %}
    {%- for paths in fresh | batch(2000) %}
        {%- set columns = [] %}
        {%- for name, type in types.items() %}
            {%- do columns.append(name ~ ": '" ~ type ~ "'") %}
        {%- endfor %}
        {%- do run_query(
            'insert into ' ~ entries ~ ' by name select ' ~ types.keys() | join(', ') ~ ', filename as _object'
            ~ " from read_json(['" ~ paths | join("', '") ~ "'], columns = {" ~ columns | join(', ')
            ~ "}, format = 'newline_delimited', filename = true)"
        ) %}
    {%- endfor %}
{% endmacro %}
