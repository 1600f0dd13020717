{#- The SQL expression of what a bucket shares with those it is compared to; none if not seasonal. -#}
{% macro _season(seasonality) %}

    {%- set day = "extract(dow from bucket_end)" -%}
    {%- set hour = "extract(hour from bucket_end)" -%}
    {{- return({
        "day_of_week": day,
        "hour_of_day": hour,
        "hour_of_week": day ~ " * 24 + " ~ hour,
    }.get(seasonality)) -}}

{% endmacro %}
