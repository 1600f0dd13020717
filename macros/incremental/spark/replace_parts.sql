{#- Writing parts of a table of Parquet files anew.

    What a part is to hold is written aside completely, as a table that is there only once it is complete;
    then it takes the part's place; then it goes. A crash before leaves the table as it was. One after it
    may leave parts that are gone, and the table aside: `finish_replacements`, which runs before anything
    else does, writes them again. The rows consumed are noted last, so the same batches are taken again. -#}


{#- Has fresh rows take the place of those with their key.

    Arguments:
        target: table of an incremental model.
        fresh: table with its columns.
        event_time: column whose month the table is kept by, or none. -#}
{% macro replace_rows(target, fresh, event_time) %}
    {%- set key = config.get('unique_key') %}
    {%- set matches = [] %}
    {%- for column in ([key] if key is string else key) %}
        {%- do matches.append('before.' ~ column ~ ' = fresh.' ~ column) %}
    {%- endfor %}
    {%- set matches = matches | join(' and ') %}
    {%- set kept_where = config.get('meta', {}).get('kept_where') %}
    {%- set months = sentinel.touched_months(target, fresh, matches, event_time) if event_time else none %}
    {%- if months == [] %}{{ return('') }}{%- endif %}
    {%- set rows -%}
        select before.* from {{ target }} as before
        left anti join {{ fresh }} as fresh on {{ matches }}
        {% if months %}where before._event_month in ('{{ months | join("', '") }}'){% endif %}
        union all
        select * from {{ fresh }}
        {% if kept_where %}where {{ kept_where }}{% endif %}
    {%- endset %}
    {%- do sentinel.replace_parts(target, rows, months) %}
{% endmacro %}


{#- Months in which rows come or go: those of the fresh rows, and those in which rows with their key lie,
    which are looked for only where they can be. -#}
{% macro touched_months(target, fresh, matches, event_time) %}
    {%- set span = sentinel.span_of_replaced_rows(fresh, event_time) %}
    {{- return(run_query(
        'select _event_month from ' ~ fresh ~ ' union select before._event_month from ' ~ target
        ~ ' as before left semi join ' ~ fresh ~ ' as fresh on ' ~ matches
        ~ (" where before._event_month between '" ~ span[0].strftime('%Y-%m') ~ "' and '"
            ~ span[1].strftime('%Y-%m') ~ "'" if span else '')
        ~ ' order by 1'
    ).columns[0].values() | list) -}}
{% endmacro %}


{#- Has rows take the place of parts of a table.

    Arguments:
        target: the table.
        rows: select of everything that the parts are to hold, with the table's columns in their order.
        months: the parts; none for the table as a whole. -#}
{% macro replace_parts(target, rows, months=none) %}
    {%- set aside = sentinel.beside(target, 'aside') %}
    {%- do sentinel.run_statement('drop table if exists ' ~ aside) %}
    {%- if months %}
        {#- A row of nothing for each month, without which one that becomes empty would not be known of. -#}
        {%- set nothing = ['null'] * (adapter.get_columns_in_relation(target) | length) %}
        {%- do sentinel.run_statement(
            'create table ' ~ aside ~ ' using parquet as select _event_month as _month, parts.* from (' ~ rows
            ~ ") as parts union all select explode(array('" ~ months | join("', '") ~ "')), "
            ~ nothing | join(', ')
        ) %}
    {%- else %}
        {%- do sentinel.run_statement('create table ' ~ aside ~ ' using parquet as ' ~ rows) %}
    {%- endif %}
    {%- do sentinel.finish_replacement(target) %}
{% endmacro %}


{#- Puts what is written aside in its place. The same again changes nothing. -#}
{% macro finish_replacement(target) %}
    {%- set aside = sentinel.beside(target, 'aside') %}
    {%- set columns = [] %}
    {%- for column in adapter.get_columns_in_relation(target) if column.name != '_event_month' %}
        {%- do columns.append(column.quoted) %}
    {%- endfor %}
    {%- set columns = columns | join(', ') %}
    {%- set aside_columns = adapter.get_columns_in_relation(aside) | map(attribute='name') | list %}
    {%- if '_month' in aside_columns %}
        {%- do sentinel.run_statement(
            'insert overwrite table ' ~ target ~ ' partition (_event_month) select /*+ rebalance(_event_month) */ '
            ~ columns ~ ', _event_month from ' ~ aside ~ ' where _event_month is not null'
        ) %}
        {%- for month in run_query(
            'select _month from ' ~ aside ~ ' group by _month having count(_event_month) = 0'
        ).columns[0].values() %}
            {%- do sentinel.run_statement(
                'insert overwrite table ' ~ target ~ " partition (_event_month = '" ~ month ~ "') select "
                ~ columns ~ ' from ' ~ aside ~ ' where _event_month is not null and 1 = 0'
            ) %}
        {%- endfor %}
    {%- else %}
        {%- do sentinel.run_statement(
            'insert overwrite table ' ~ target ~ ' select ' ~ columns ~ ' from ' ~ aside
        ) %}
    {%- endif %}
    {%- do sentinel.run_statement('drop table ' ~ aside) %}
{% endmacro %}


{#- Finishes what an earlier invocation began, or clears it away: runs before each one. Engines with
    transactions have nothing to finish. -#}
{% macro finish_replacements() %}
    {%- if execute %}
        {{- adapter.dispatch('finish_replacements', 'sentinel')() -}}
    {%- endif %}
{% endmacro %}


{% macro default__finish_replacements() %}
{% endmacro %}


{% macro spark__finish_replacements() %}
    {%- set models = {} %}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'incremental' %}
        {%- do models.setdefault(node.schema, []).append(node.alias) %}
    {%- endfor %}
    {%- set schemas = run_query('show schemas').columns[0].values() | list %}
    {%- for schema, names in models.items() if schema in schemas %}
        {%- set tables = run_query('show tables in ' ~ schema).columns[1].values() | list %}
        {%- for name in names %}
            {%- set table = api.Relation.create(schema=schema, identifier=name, type='table') %}
            {%- if name in tables and name ~ '__aside' in tables %}
                {%- do sentinel.finish_replacement(table) %}
            {%- elif name ~ '__unfinished' in tables %}
                {#- Iceberg's table may be there and empty: in the Glue catalogue it is made first and filled
                    then. As none it is built anew. -#}
                {%- do adapter.drop_relation(table) %}
                {%- do sentinel.run_statement('drop table ' ~ sentinel.beside(table, 'unfinished')) %}
            {%- endif %}
        {%- endfor %}
    {%- endfor %}
{% endmacro %}
