{#- The graph's node (model, seed, snapshot or source) that the running test is attached to; nothing
    while dbt parses. A source is not "attached": it is the first source the test depends on. -#}
{% macro _tested_node() %}

    {%- if not execute -%}{{ return(none) }}{%- endif -%}
    {%- if model.get("attached_node") -%}
        {{- return(graph.nodes.get(model.attached_node)) -}}
    {%- endif -%}
    {%- for unique_id in model.depends_on.nodes if unique_id in graph.sources -%}
        {{- return(graph.sources[unique_id]) -}}
    {%- endfor -%}

{% endmacro %}
