{#- Seeds on Spark: dbt-spark's own macros put a text between quotes as it is, and break at the first
    apostrophe; and they know no type by its standard name. -#}
{% macro spark__create_csv_table(model, agate_table) %}
    {%- set columns = {} %}
    {%- for name in agate_table.column_names %}
        {%- do columns.update({name: sentinel.spark_seed_type(model, agate_table, loop.index0)}) %}
    {%- endfor %}
    {%- set sql = 'create table ' ~ this.render() ~ ' (' ~ sentinel.spark_declared(columns) ~ ') using parquet' %}
    {% call statement('_') %}{{ sql }}{% endcall %}
    {{- return(sql) -}}
{% endmacro %}


{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = [] %}
    {%- for name in agate_table.column_names %}
        {%- do types.append(sentinel.spark_seed_type(model, agate_table, loop.index0)) %}
    {%- endfor %}
    {%- set statements = [] %}
    {%- for chunk in agate_table.rows | batch(get_batch_size()) %}
        {%- set rows = [] %}
        {%- for row in chunk %}
            {%- set values = [] %}
            {%- for value in row %}
                {%- set literal = 'null' if value is none else sentinel.quoted(value) %}
                {%- do values.append('cast(' ~ literal ~ ' as ' ~ types[loop.index0] ~ ')') %}
            {%- endfor %}
            {%- do rows.append('(' ~ values | join(', ') ~ ')') %}
        {%- endfor %}
        {%- do statements.append('insert into ' ~ this.render() ~ ' values ' ~ rows | join(', ')) %}
        {%- do adapter.add_query(statements[-1], abridge_sql_log=True) %}
    {%- endfor %}
    {{- return(statements[0]) -}}
{% endmacro %}


{#- The type that the seed's configuration gives a column, or the one that its values have. -#}
{% macro spark_seed_type(model, agate_table, number) %}
    {%- set given = model.config.get('column_types', {}) %}
    {{- return(sentinel.spark_type(
        given.get(agate_table.column_names[number], adapter.convert_type(agate_table, number))
    )) -}}
{% endmacro %}
