{#- Has every incremental model take the batches of a stretch of history again on the next run: what
    they consumed of it is no longer noted as consumed. Taking a batch again computes the same rows, so
    what was right stays, and what was lost or spoilt is replaced.

    Run by `dbt run-operation release_batches`; says how many batches it released.

    Arguments:
        from_at: first instant of event time, UTC.
        to_at: first instant after it.
        dataset: one dataset; none for all. -#}
{% macro release_batches(from_at, to_at, dataset=none) %}
    {{- return(adapter.dispatch('release_batches', 'sentinel')(from_at, to_at, dataset)) -}}
{% endmacro %}


{% macro default__release_batches(from_at, to_at, dataset) %}
    {%- set consumption = sentinel.run_log_schema() ~ '.batch_consumption' %}
    {%- set stretch -%}
        select batch_id from {{ source('lake', 'ledger') }}
        where min_event_at < cast('{{ to_at }}' as timestamp)
            and max_event_at >= cast('{{ from_at }}' as timestamp)
            {%- if dataset %}
            and dataset = {{ sentinel.quoted(dataset) }}
            {%- endif %}
    {%- endset %}
    {%- set count = run_query(
        'select count(distinct batch_id) from ' ~ consumption ~ ' where batch_id in (' ~ stretch ~ ')'
    ).columns[0][0] %}
    {%- do sentinel.run_statement('delete from ' ~ consumption ~ ' where batch_id in (' ~ stretch ~ ')') %}
    {%- do log('batches released: ' ~ count ~ ' ', info=true) %}
{% endmacro %}


{% macro spark__release_batches(from_at, to_at, dataset) %}
    {%- if sentinel.spark_table_format() == 'iceberg' %}
        {{- return(sentinel.default__release_batches(from_at, to_at, dataset)) -}}
    {%- endif %}
    {%- do exceptions.raise_compiler_error(
        'Batches cannot be released on spark: its tables of Parquet files cannot lose rows. Build the '
        ~ 'models with --full-refresh instead.'
    ) %}
{% endmacro %}
