{#- A setting as elementary resolves it: the test's own argument, else the tested model's
    `meta: {elementary: ...}` config, else the project variable of that name, else the default. -#}
{% macro _setting(name, argument, default=none) %}

    {%- if argument is not none -%}{{ return(argument) }}{%- endif -%}
    {%- set on_model = elementary._model_settings() -%}
    {{- return(on_model[name] if name in on_model else var(name, default)) -}}

{% endmacro %}
