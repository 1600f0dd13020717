{#- Compactions as a table of the warehouse, and over it and the ledger `lake.live_files`: the files there
    are to read, with the batch where a file holds one only.

    Compactions are write-once, so only new ones are read; what is no longer in the lake, because it is
    another one, goes. To be called before the ledger is synchronised: then each file that was replaced
    is of a batch that is known. One that follows a gap, as a listing may show while two are made, is
    left out: what it replaced is still there. -#}
{% macro synchronise_compactions(database) %}
    {%- set compactions = database ~ '.lake.compactions' %}
    {%- set types = {
        'dataset': 'varchar',
        'event_date': 'date',
        'generation': 'bigint',
        'replaced': 'varchar[]',
        'added': 'struct(path varchar, schema_version bigint)[]',
    } %}
    {%- set declared, columns = [], [] %}
    {%- for name, type in types.items() %}
        {%- do declared.append(name ~ ' ' ~ type) %}
        {%- do columns.append(name ~ ": '" ~ type ~ "'") %}
    {%- endfor %}
    {%- set changed = run_query(
        'create table if not exists ' ~ compactions ~ ' (' ~ declared | join(', ') ~ ', _object varchar); '
        ~ "select file, _object from glob('" ~ sentinel.lake_location() ~ "/compactions/*/*.json') as found "
        ~ 'full join ' ~ compactions ~ ' on file = _object where file is null or _object is null order by file'
    ).rows %}
    {%- set gone = changed | map(attribute=1) | select | list %}
    {%- if gone %}
        {%- do run_query('delete from ' ~ compactions ~ " where _object in ('" ~ gone | join("', '") ~ "')") %}
    {%- endif %}
    {%- for paths in changed | map(attribute=0) | select | batch(2000) %}
        {%- do run_query(
            'insert into ' ~ compactions ~ ' by name select ' ~ types.keys() | join(', ') ~ ', filename as _object'
            ~ " from read_json(['" ~ paths | join("', '") ~ "'], columns = {" ~ columns | join(', ')
            ~ "}, format = 'newline_delimited', filename = true, maximum_object_size = 268435456)"
        ) %}
    {%- endfor %}
{% endmacro %}


{#- The view; to be called once the ledger's table is there. -#}
{% macro create_live_files(database) %}
    {%- set lake = database ~ '.lake' %}
    {%- do run_query(
        'create or replace view ' ~ lake ~ '.live_files as
        with compactions as (
            select * from ' ~ lake ~ '.compactions
            qualify generation = row_number() over (partition by dataset, event_date order by generation)
        ),

        named as (
            select entry.dataset, entry.batch_id, entry.schema_version, file.event_date, file.path
            from ' ~ lake ~ '.ledger_entries as entry, unnest(entry.files) as each (file)
            union all
            select compaction.dataset, null, file.schema_version, compaction.event_date, file.path
            from compactions as compaction, unnest(compaction.added) as each (file)
        )

        select * from named
        anti join (select unnest(replaced) as path from compactions) as replaced using (path)'
    ) %}
{% endmacro %}
