{#- Compactions as a table of the warehouse. With the ledger it says which files are live: those that
    entries name, without those that a compaction replaced, with those it added. In Python
    `sentinel/live_files.py` says the same.

    Compactions are write-once, so only new ones are read; what is no longer in the lake, because it is
    another one, goes. To be called before the ledger is synchronised: then each file that was replaced
    is of a batch that is known. One that follows a gap, as a listing may show while two are made, is
    not valid: what it replaced is still there. -#}
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


{#- The views; to be called once the ledger's table is there. They are left alone while their text is what
    it was: its hash is a comment. Lists are unnested before anything is joined: DuckDB would carry them
    through the joins, at ten times the cost. -#}
{% macro create_live_files(database) %}
    {%- set lake = database ~ '.lake' %}
    {%- set text = '
        create or replace view ' ~ lake ~ '.valid_compactions as
        select * from ' ~ lake ~ '.compactions
        semi join (
            select dataset, event_date, generation from ' ~ lake ~ '.compactions
            qualify generation = row_number() over (partition by dataset, event_date order by generation)
        ) as in_sequence using (dataset, event_date, generation);

        create or replace view ' ~ lake ~ '.live_files as
        with delivered as (
            select dataset, schema_version, unnest(files).path as path from ' ~ lake ~ '.ledger_entries
        ),

        compacted as (
            select dataset, unnest(added) as file from ' ~ lake ~ '.valid_compactions
        ),

        replaced as (
            select dataset, unnest(replaced) as path from ' ~ lake ~ '.valid_compactions
        ),

        named as (
            select dataset, schema_version, path from delivered
            union all
            select dataset, file.schema_version, file.path from compacted
        )

        select * from named anti join replaced using (dataset, path);
    ' %}
    {%- set text_hash = local_md5(text) %}
    {%- set made = run_query(
        "select comment from duckdb_views() where database_name = '" ~ database
        ~ "' and schema_name = 'lake' and view_name = 'live_files'"
    ).columns[0].values() | list %}
    {%- if made != [text_hash] %}
        {%- do run_query(text ~ 'comment on view ' ~ lake ~ ".live_files is '" ~ text_hash ~ "'") %}
    {%- endif %}
{% endmacro %}


{#- Paths of the live files with records of the given batches: their own, and where a compaction replaced
    one of those, the compacted ones of the same date. -#}
{% macro files_of_batches(batch_ids) %}
    {%- set lake = target.database ~ '.lake' %}
    {{- return(run_query(
        'with delivered as (
            select dataset, unnest(files) as file from ' ~ lake ~ '.ledger_entries
            where ' ~ sentinel.in_batches('batch_id', batch_ids) ~ '
        ),

        compactions as (
            select * from ' ~ lake ~ '.valid_compactions
            where (dataset, event_date) in (select (dataset, file.event_date) from delivered)
        ),

        replaced as (
            select unnest(replaced) as path from compactions
        ),

        named as (
            select file.path from delivered
            union
            select unnest(added).path from compactions
            where (dataset, event_date) in (
                select (dataset, file.event_date) from delivered
                where file.path in (select path from replaced)
            )
        )

        select path from named where path not in (select path from replaced)'
    ).columns[0].values() | list) -}}
{% endmacro %}
