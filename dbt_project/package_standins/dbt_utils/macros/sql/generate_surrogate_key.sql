{#- The MD5 of the fields as text, joined by "-". The text of a null is the package's own marker,
    so that keys are the same bytes whether the package or this stand-in made them. -#}
{% macro generate_surrogate_key(field_list) %}

    {%- set text_of_null = "" if var("surrogate_key_treat_nulls_as_empty_strings", false)
        else "_dbt_utils_surrogate_key_null_" -%}
    {%- set parts = [] -%}
    {%- for field in field_list -%}
        {%- if not loop.first -%}{%- do parts.append("'-'") -%}{%- endif -%}
        {%- do parts.append(
            "coalesce(cast(" ~ field ~ " as " ~ dbt.type_string() ~ "), '" ~ text_of_null ~ "')"
        ) -%}
    {%- endfor -%}

    {{- dbt.hash(dbt.concat(parts)) -}}

{% endmacro %}
