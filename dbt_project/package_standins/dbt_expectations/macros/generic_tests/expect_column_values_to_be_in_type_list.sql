{#- Returns the column if the warehouse gives it a type that is not listed (case ignored), or if the
    table does not have it. Types are the names the adapter reports, precision included. -#}
{% test expect_column_values_to_be_in_type_list(model, column_name, column_type_list) %}

    {%- set accepted = column_type_list | map("upper") | list -%}
    {%- set types = {} -%}
    {%- for column in dbt_expectations._columns_of(model) -%}
        {%- do types.update({column.name | upper: column.dtype | upper}) -%}
    {%- endfor -%}
    {%- set findings = [] -%}
    {%- set type = types.get(column_name | upper) -%}
    {%- if types and type not in accepted -%}
        {%- do findings.append((column_name, type or "is not in the table")) -%}
    {%- endif -%}

    {{- dbt_expectations._findings(findings) -}}

{% endtest %}
