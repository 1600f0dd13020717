{#- Returns each listed column that the table does not have, and each column of the table that is
    not listed. `transform` is the Jinja filter that both lists pass through before comparison. -#}
{% test expect_table_columns_to_match_set(model, column_list, transform="upper") %}

    {%- set listed = column_list | map(transform) | list -%}
    {%- set columns = dbt_expectations._columns_of(model) -%}
    {%- set present = columns | map(attribute="name") | map(transform) | list -%}
    {%- set findings = [] -%}
    {%- for name in listed if columns and name not in present -%}
        {%- do findings.append((name, "is listed but not in the table")) -%}
    {%- endfor -%}
    {%- for name in present if name not in listed -%}
        {%- do findings.append((name, "is in the table but not listed")) -%}
    {%- endfor -%}

    {{- dbt_expectations._findings(findings) -}}

{% endtest %}
