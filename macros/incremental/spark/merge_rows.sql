{#- Has fresh rows take the place of those with their key, in one statement and so in one step: whoever reads
    sees the table before or after it, and a crash leaves the one or the other.

    A key may have several rows on either side, which a merge by key would refuse. So what is merged is a mark
    for each key, which removes the rows that have it, and the fresh rows, which match nothing and come in.

    Arguments:
        target: Iceberg table of an incremental model.
        fresh: table with its columns.
        event_time: column whose month the table is kept by, or none. Rows to be removed are looked for only
            where in time they can be: Iceberg opens no files of other months. -#}
{% macro merge_rows(target, fresh, event_time) %}
    {%- set key = config.get('unique_key') %}
    {%- set key = [key] if key is string else key %}
    {%- set kept_where = config.get('meta', {}).get('kept_where') %}
    {%- set span = sentinel.span_of_replaced_rows(fresh, event_time) if event_time %}
    {%- set columns, marks, values = [], [], [] %}
    {%- for column in adapter.get_columns_in_relation(target) %}
        {%- do columns.append(column.quoted) %}
        {%- do values.append('arriving.' ~ column.quoted) %}
        {%- do marks.append(column.quoted if column.name in key else 'null as ' ~ column.quoted) %}
    {%- endfor %}
    {%- set columns = columns | join(', ') %}
    {%- call statement('merge') %}
        merge into {{ target }} as before
        using (
            select distinct true as _is_mark, {{ marks | join(', ') }} from {{ fresh }}
            union all
            select false as _is_mark, {{ columns }} from {{ fresh }}
            {% if kept_where %}where {{ kept_where }}{% endif %}
        ) as arriving
        on arriving._is_mark
            {%- for column in key %}
            and before.{{ column }} = arriving.{{ column }}
            {%- endfor %}
            {%- if span %}
            and before.{{ event_time }} >= {{ sentinel.timestamp_literal(span[0]) }}
            and before.{{ event_time }} <= {{ sentinel.timestamp_literal(span[1]) }}
            {%- endif %}
        when matched then delete
        when not matched and not arriving._is_mark then insert ({{ columns }}) values ({{ values | join(', ') }})
    {%- endcall %}
{% endmacro %}
