{#- Whether a model's rows are being made, rather than its SQL looked at (compile, docs, unit tests). -#}
{% macro is_building() %}
    {{- return(
        execute and model.resource_type == 'model' and flags.WHICH in ('run', 'build', 'retry')
    ) -}}
{% endmacro %}
