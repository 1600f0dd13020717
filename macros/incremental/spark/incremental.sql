{#- Incremental models on Spark. The strategies `replace` and `delete+insert` mean the same here: the fresh
    rows take the place of those with their key.

    In Iceberg that is one statement, `merge_rows`. In plain Parquet no row can be deleted, but a part of a
    table can be written anew: `replace_rows`, which says what is left after a crash. Either way a table is
    kept by the month of its model's `event_time`, in Parquet by a column of its own; one without is a single
    part. -#}
{% materialization incremental, adapter='spark', supported_languages=['sql'] %}
    {%- set strategy = config.get('incremental_strategy') or 'none' %}
    {%- if strategy not in ('replace', 'delete+insert') %}
        {%- do exceptions.raise_compiler_error(
            'Strategy ' ~ strategy ~ ' is not written for spark: use replace or delete+insert.'
        ) %}
    {%- endif %}
    {%- set target_relation = this.incorporate(type='table') %}
    {%- set existing = load_relation(this) %}
    {%- set event_time = config.get('event_time') %}

    {{ run_hooks(pre_hooks) }}

    {%- set select = compiled_code %}
    {%- if config.get('contract').enforced %}
        {{- get_assert_columns_equivalent(compiled_code) -}}
        {%- set select = get_select_subquery(compiled_code) %}
    {%- endif %}
    {%- set select = sentinel.with_month(select, event_time) %}
    {%- set is_iceberg = sentinel.spark_table_format() == 'iceberg' %}

    {%- if existing is none or existing.is_view or should_full_refresh() %}
        {%- set unfinished = sentinel.beside(this, 'unfinished') %}
        {%- if is_iceberg %}
            {%- do sentinel.run_statement(
                'create table if not exists ' ~ unfinished ~ ' (is_unfinished boolean) using parquet'
            ) %}
        {%- endif %}
        {%- if existing is not none %}{%- do adapter.drop_relation(existing) %}{%- endif %}
        {%- call statement('main') %}
            {{ sentinel.create_parts(target_relation, select, event_time) }}
        {%- endcall %}
        {%- if is_iceberg %}{%- do sentinel.run_statement('drop table ' ~ unfinished) %}{%- endif %}
    {%- elif is_iceberg and not existing.is_iceberg %}
        {%- do exceptions.raise_compiler_error(
            existing ~ ' is kept in Parquet, and SENTINEL_SPARK_TABLE_FORMAT is iceberg: build it once with '
            ~ '--full-refresh.'
        ) %}
    {%- else %}
        {%- set fresh = sentinel.beside(this, 'fresh') %}
        {%- do sentinel.run_statement('drop table if exists ' ~ fresh) %}
        {%- call statement('main') %}
            create table {{ fresh }} using parquet as {{ select }}
        {%- endcall %}
        {%- do process_schema_changes(config.get('on_schema_change'), fresh, existing) %}
        {%- if is_iceberg %}
            {%- do sentinel.merge_rows(target_relation, fresh, event_time) %}
        {%- else %}
            {%- do sentinel.replace_rows(target_relation, fresh, event_time) %}
        {%- endif %}
        {%- do sentinel.run_statement('drop table if exists ' ~ fresh) %}
    {%- endif %}

    {{ run_hooks(post_hooks) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- A select with the column that its table is kept by. -#}
{% macro with_month(select, event_time) %}
    {%- if event_time and sentinel.engine_columns() %}
    select *, date_format({{ event_time }}, 'yyyy-MM') as _event_month from (
        {{ select }}
    ) as dated
    {%- else %}
    {{ select }}
    {%- endif %}
{% endmacro %}


{#- Parquet's rows are rebalanced by month first: otherwise every task writes a file into every month. Spark
    splits those that are large. Iceberg asks for that by itself. -#}
{% macro create_parts(relation, select, event_time) %}
    {%- if sentinel.spark_table_format() == 'iceberg' %}
    create table {{ relation }} using iceberg
    {% if event_time %}partitioned by (months({{ event_time }})){% endif %}
    as {{ select }}
    {%- else %}
    create table {{ relation }} using parquet
    {% if event_time %}partitioned by (_event_month){% endif %}
    as select {{ '/*+ rebalance(_event_month) */' if event_time }} * from (
        {{ select }}
    ) as parts
    {%- endif %}
{% endmacro %}


{#- A table that stands beside another one for a while. -#}
{% macro beside(relation, what) %}
    {{- return(relation.incorporate(path={'identifier': relation.identifier ~ '__' ~ what}, type='table')) -}}
{% endmacro %}
