{#- Root of the lake: SENTINEL_LAKE_URL, or the folder in the state folder. -#}
{% macro lake_location() %}
    {{- return(env_var('SENTINEL_LAKE_URL', env_var('SENTINEL_HOME', '.sentinel') ~ '/lake')) -}}
{% endmacro %}


{#- The same for an engine that takes a relative path as relative to folders of its own: dbt's is the
    project's, where a command is run. -#}
{% macro absolute_lake_location() %}
    {%- set location = sentinel.lake_location() %}
    {%- if '://' in location or location.startswith('/') %}{{ return(location) }}{%- endif %}
    {%- set seeds = graph.nodes.values() | selectattr('resource_type', 'equalto', 'seed') %}
    {{- return((seeds | selectattr('package_name', 'equalto', 'sentinel') | first).root_path ~ '/' ~ location) -}}
{% endmacro %}
