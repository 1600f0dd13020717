{#- What the tested node's configuration says under `elementary`, innermost place last. -#}
{% macro _model_settings() %}

    {%- set node = elementary._tested_node() -%}
    {%- set settings = {} -%}
    {%- if node -%}
        {%- set config = node.get("config") or {} -%}
        {%- for place in [config, config.get("meta") or {}, node.get("meta") or {}] -%}
            {%- do settings.update(place.get("elementary") or {}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(settings) -}}

{% endmacro %}
