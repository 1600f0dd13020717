{#- Root of the lake: SENTINEL_LAKE_URL, or the folder in the state folder. -#}
{% macro lake_location() %}
    {{- return(env_var('SENTINEL_LAKE_URL', env_var('SENTINEL_HOME', '.sentinel') ~ '/lake')) -}}
{% endmacro %}
