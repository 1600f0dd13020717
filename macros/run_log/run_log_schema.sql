{#- Name of the schema with what dbt writes down about its own runs. -#}
{% macro run_log_schema() %}
    {{- return(generate_schema_name('run_log', none) | trim) -}}
{% endmacro %}
