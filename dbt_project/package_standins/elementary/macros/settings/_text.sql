{#- The columns as one text, joined by "; "; a null reads NULL. -#}
{% macro _text(columns) %}

    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- if not loop.first -%}{%- do parts.append("'; '") -%}{%- endif -%}
        {%- do parts.append(
            "coalesce(cast(" ~ column ~ " as " ~ dbt.type_string() ~ "), 'NULL')"
        ) -%}
    {%- endfor -%}
    {{- return(dbt.concat(parts)) -}}

{% endmacro %}
