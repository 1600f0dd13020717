{#- What identifies a row of a snapshot on Redshift: dbt's own macro casts to text without a length,
    which would cut what is longer than 256 bytes. -#}
{% macro redshift__snapshot_hash_arguments(args) -%}
    md5(
        {%- for each in args %}
        coalesce(cast({{ each }} as {{ dbt.type_string() }}), '')
        {{- " || '|' || " if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
