{#- The time that tests take for now: the variable `custom_run_started_at` (ISO format) if it is
    set, else the start of the run. A naive datetime in UTC, to the second. -#}
{% macro _run_time() %}

    {%- set given = var("custom_run_started_at", none) -%}
    {%- set moment = modules.datetime.datetime.fromisoformat(given | string) if given
        else run_started_at -%}
    {%- if moment.tzinfo -%}
        {%- set moment = moment.astimezone(modules.pytz.utc).replace(tzinfo=none) -%}
    {%- endif -%}
    {{- return(moment.replace(microsecond=0)) -}}

{% endmacro %}
