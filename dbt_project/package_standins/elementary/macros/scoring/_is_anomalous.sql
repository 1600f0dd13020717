{#- The condition on a scored metric: too far out in a direction that counts, by more than the small
    changes to ignore, and not below min_value; or zero where zero fails. -#}
{% macro _is_anomalous(settings) %}

    {%- set tolerated = settings["ignore_small_changes"] -%}
    {%- set sides = [] -%}
    {%- for direction, sign, comparison in [("spike", 1, ">"), ("drop", -1, "<")]
        if settings["anomaly_direction"] in ["both", direction] -%}
        {%- set percent = tolerated.get(direction ~ "_failure_percent_threshold") -%}
        {%- set side = "anomaly_score " ~ comparison ~ " " ~ sign * settings["sensitivity"] -%}
        {%- if percent -%}
            {%- set side = side ~ " and metric_value " ~ comparison
                ~ " (1 + " ~ sign * percent ~ " / 100.0) * training_avg" -%}
        {%- endif -%}
        {%- do sides.append("(" ~ side ~ ")") -%}
    {%- endfor -%}
    {%- set far_out = "(" ~ sides | join(" or ") ~ ")" -%}
    {%- if settings["min_value"] is not none -%}
        {%- set far_out = far_out ~ " and metric_value >= " ~ settings["min_value"] -%}
    {%- endif -%}
    {%- set zero = " or metric_value = 0" if settings["fail_on_zero"] else "" -%}

    {{- return("anomaly_score is not null and ((" ~ far_out ~ ")" ~ zero ~ ")") -}}

{% endmacro %}
