{#- Whether a column has its declared type. Arguments are compared where both sides have them; a
    declared decimal without precision is not one that the warehouse reports with it. -#}
{% macro _is_same_type(declared, column) %}

    {%- set wanted = elementary._parsed_type(declared) -%}
    {%- set actual = elementary._parsed_type(column.dtype) -%}
    {%- if actual["name"] == "decimal" and not actual["arguments"] and wanted["arguments"]
        and column.numeric_precision -%}
        {%- do actual.update(
            {"arguments": column.numeric_precision ~ "," ~ column.numeric_scale}
        ) -%}
    {%- endif -%}
    {%- set arguments_differ = actual["arguments"] and wanted["arguments"] != actual["arguments"]
        and (wanted["arguments"] or actual["name"] == "decimal") -%}
    {{- return(wanted["name"] == actual["name"] and not arguments_differ) -}}

{% endmacro %}
