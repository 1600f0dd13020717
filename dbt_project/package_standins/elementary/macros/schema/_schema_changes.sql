{#- The differences between the columns declared for the tested node and those the warehouse has: a
    list of (column, change). -#}
{% macro _schema_changes(declared, columns, fail_on_added) %}

    {%- set present = {} -%}
    {%- for column in columns -%}
        {%- do present.update({column.name | lower: column}) -%}
    {%- endfor -%}
    {%- set baseline = {} -%}
    {%- for column in declared -%}
        {%- do baseline.update({column["name"] | lower: column}) -%}
    {%- endfor -%}
    {%- set changes = [] -%}
    {%- for name, column in baseline.items() -%}
        {%- if name not in present -%}
            {%- do changes.append((name, "column_removed")) -%}
        {%- elif column.get("data_type")
            and not elementary._is_same_type(column["data_type"], present[name]) -%}
            {%- do changes.append((name, "type_changed")) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in present if fail_on_added and name not in baseline -%}
        {%- do changes.append((name, "column_added")) -%}
    {%- endfor -%}
    {{- return(changes) -}}

{% endmacro %}
