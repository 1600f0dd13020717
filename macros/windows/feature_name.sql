{#- The one place that names a feature: entity, statistic, window and delay. -#}
{% macro feature_name(entity, statistic, window_days, delay_days=0) %}
    {{- return(
        entity ~ '_' ~ statistic ~ '_' ~ window_days ~ 'd'
        ~ ('_delay_' ~ delay_days ~ 'd' if delay_days else '')
    ) -}}
{% endmacro %}
