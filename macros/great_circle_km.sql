{#- Great-circle distance in kilometres between two places in degrees (haversine formula, Earth
    radius 6371 km). Null where a coordinate is. -#}
{% macro great_circle_km(latitude_1, longitude_1, latitude_2, longitude_2) -%}
    (2 * 6371 * asin(least(1.0, sqrt(
        power(sin(radians({{ latitude_2 }} - {{ latitude_1 }}) / 2), 2)
        + cos(radians({{ latitude_1 }})) * cos(radians({{ latitude_2 }}))
        * power(sin(radians({{ longitude_2 }} - {{ longitude_1 }}) / 2), 2)
    ))))
{%- endmacro %}
