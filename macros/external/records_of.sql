{#- Select of a source of the lake with the file of each record, by which engines prune when only some are needed. -#}
{% macro records_of(source) %}
    {{- return(adapter.dispatch('records_of', 'sentinel')(source)) -}}
{% endmacro %}


{% macro default__records_of(source) -%}
    select * from {{ source }}
{%- endmacro %}


{#- Spectrum gives the file only where it is asked for by name. -#}
{% macro redshift__records_of(source) -%}
    select *, "$path" as _file from {{ source }}
{%- endmacro %}
