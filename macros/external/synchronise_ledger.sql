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
    {%- do sentinel.run_statement('create table if not exists ' ~ entries ~ ' (' ~ declared | join(', ') ~ ', _object varchar)') %}
    {#- A warehouse that was made when entries had fewer fields. -#}
    {%- set present = run_query(
        "select name from pragma_table_info('" ~ entries ~ "')"
    ).columns[0].values() | list %}
    {%- for name, type in types.items() if name not in present %}
        {%- do sentinel.run_statement('alter table ' ~ entries ~ ' add column ' ~ name ~ ' ' ~ type) %}
    {%- endfor %}
    {%- do sentinel.run_statement(
        'create or replace view ' ~ source.schema ~ '.' ~ source.identifier ~ ' as select '
        ~ source.columns.keys() | join(', ') ~ ' from ' ~ entries
    ) %}
    {%- set fresh, gone = [], [] %}
    {%- set differing -%}
        select coalesce(listed.file, known._object), listed.file is not null
        from glob('{{ objects }}') as listed
        full join {{ entries }} as known on listed.file = known._object
        where listed.file is null or known._object is null
    {%- endset %}
    {%- for object, is_fresh in run_query(differing).rows %}
        {%- do (fresh if is_fresh else gone).append(object) %}
    {%- endfor %}
    {%- for paths in gone | batch(2000) %}
        {%- do sentinel.run_statement('delete from ' ~ entries ~ " where _object in ('" ~ paths | join("', '") ~ "')") %}
    {%- endfor %}
    {%- for paths in fresh | batch(2000) %}
        {%- set columns = [] %}
        {%- for name, type in types.items() %}
            {%- do columns.append(name ~ ": '" ~ type ~ "'") %}
        {%- endfor %}
        {%- do sentinel.run_statement(
            'insert into ' ~ entries ~ ' by name select ' ~ types.keys() | join(', ') ~ ', filename as _object'
            ~ " from read_json(['" ~ paths | join("', '") ~ "'], columns = {" ~ columns | join(', ')
            ~ "}, format = 'newline_delimited', filename = true)"
        ) %}
    {%- endfor %}
{% endmacro %}
