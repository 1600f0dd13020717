{#- A type's name in one spelling of its synonyms, and its arguments: "NUMERIC(18, 2)" is
    {name: "decimal", arguments: "18,2"}. -#}
{% macro _parsed_type(data_type) %}

    {%- set text = data_type | lower | trim -%}
    {%- set found = modules.re.match("^([^(<]*)[(]([0-9, ]*)[)](.*)$", text) -%}
    {%- set name = (found.group(1) | trim ~ found.group(3)) if found else text -%}
    {{- return({
        "name": elementary._type_synonyms().get(name, name),
        "arguments": found.group(2) | replace(" ", "") if found else none,
    }) -}}

{% endmacro %}
