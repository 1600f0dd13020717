{#- Great-circle distance in kilometres between two places in degrees (haversine formula, Earth
    radius 6371 km). Null where a coordinate is. -#}
{% macro great_circle_km(latitude_1, longitude_1, latitude_2, longitude_2) -%}
    {%- set haversine -%}
        power(sin(radians({{ latitude_2 }} - {{ latitude_1 }}) / 2), 2)
        + cos(radians({{ latitude_1 }})) * cos(radians({{ latitude_2 }}))
        * power(sin(radians({{ longitude_2 }} - {{ longitude_1 }}) / 2), 2)
    {%- endset -%}
    {#- Rounding can carry it past 1; least(), which skips nulls, would make null the far side. -#}
    (2 * 6371 * asin(sqrt(case when {{ haversine }} > 1 then 1 else {{ haversine }} end)))
{%- endmacro %}
