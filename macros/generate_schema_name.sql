{#- A model's schema is its folder's name. On a shared warehouse a developer's own schemas carry
    the target's schema in front, so nobody writes into another's. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {{ target.schema }}
    {%- elif target.name == 'duckdb' or target.schema in ('staging', 'prod') -%}
        {{ custom_schema_name | trim }}
    {%- else -%}
        {{ target.schema }}_{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
