{#- Writes a query's rows as Parquet files below a folder, in place of what is there. -#}
{% macro write_parquet(query, folder) %}
    {%- do adapter.dispatch('write_parquet', 'sentinel')(query, folder) %}
{% endmacro %}


{% macro duckdb__write_parquet(query, folder) %}
    {%- do sentinel.run_statement(
        'copy (' ~ query ~ ') to ' ~ sentinel.quoted(folder)
        ~ ' (format parquet, compression zstd, per_thread_output true, overwrite true)'
    ) %}
{% endmacro %}


{% macro redshift__write_parquet(query, folder) %}
    {%- do sentinel.run_statement(
        'unload ($$' ~ query ~ '$$) to ' ~ sentinel.quoted(folder ~ '/') ~ ' ' ~ sentinel.storage_role()
        ~ ' format as parquet cleanpath'
    ) %}
{% endmacro %}


{% macro spark__write_parquet(query, folder) %}
    {%- do sentinel.run_statement(
        'insert overwrite directory ' ~ sentinel.quoted(folder) ~ ' using parquet ' ~ query
    ) %}
{% endmacro %}
