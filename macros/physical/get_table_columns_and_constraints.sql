{#- Columns of a table with a contract on Redshift. A contract says `varchar`, which every engine
    understands; a column of that type would hold 256 bytes there, so it gets the length that
    `dbt.type_string()` has. -#}
{% macro redshift__get_table_columns_and_constraints() -%}
    {%- set columns = {} %}
    {%- for name, column in model['columns'].items() %}
        {%- set is_text = (column['data_type'] or '') | lower == 'varchar' %}
        {%- do columns.update({
            name: dict(column, data_type=dbt.type_string() if is_text else column['data_type'])
        }) %}
    {%- endfor %}
    {%- set lines = adapter.render_raw_columns_constraints(raw_columns=columns)
        + adapter.render_raw_model_constraints(raw_constraints=model['constraints']) %}
    (
        {{ lines | join(',\n        ') }}
    )
{%- endmacro %}
