{#- What `dbt.type_string()` gives on Redshift. Text without a length holds 256 bytes there, and cuts
    what is cast to it: the names of all rules that hit, or the message of a failed test, are longer.
    Not the greatest length: Redshift sets memory aside by it. -#}
{% macro redshift__type_string() -%}
    varchar(4096)
{%- endmacro %}
