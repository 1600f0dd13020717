{#- The time the run started, as a timestamp in the time zone of the variable `dbt_date:time_zone`
    (UTC unless it is set). -#}
{% macro _now() %}

    {%- set zone = modules.pytz.timezone(var("dbt_date:time_zone", "UTC")) -%}
    {%- set now = run_started_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") -%}
    {{- return("cast('" ~ now ~ "' as " ~ dbt.type_timestamp() ~ ")") -}}

{% endmacro %}
