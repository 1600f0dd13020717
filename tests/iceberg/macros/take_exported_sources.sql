{#- The lake as Sail sees it, which has neither Spark's `refresh table` nor its hidden column with a record's
    file: what DuckDB found in it, exported as Parquet. Takes the place of `create_external_sources`. -#}
{% macro take_exported_sources() %}
    {%- if execute %}
        {%- set folder = env_var('SENTINEL_HOME') ~ '/sources/' %}
        {%- set names = ['lake.ledger_entries'] %}
        {%- for source in graph.sources.values() if source.config.meta.get('external') %}
            {%- do names.append(source.schema ~ '.' ~ source.identifier) %}
        {%- endfor %}
        {%- for name in names %}
            {%- do sentinel.run_statement('create schema if not exists ' ~ name.split('.')[0]) %}
            {%- do sentinel.run_statement('drop table if exists ' ~ name) %}
            {%- do sentinel.run_statement(
                'create table ' ~ name ~ " using parquet location '" ~ folder ~ name ~ ".parquet'"
            ) %}
        {%- endfor %}
    {%- endif %}
{% endmacro %}
