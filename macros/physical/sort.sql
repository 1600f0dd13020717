{#- The order of a table's rows on Redshift: by event time, which conditions on time skip blocks by.
    Takes the place of dbt-redshift's macro of this name; what a model's config says still wins. How
    columns are encoded is left to Redshift.

    Arguments:
        sort_type: the config `sort_type`, or none.
        sort: the config `sort`, a column or a list, or none. -#}
{% macro sort(sort_type, sort) %}
    {%- set wanted = sort or config.get('event_time') %}
    {%- if wanted %}
        {{ sort_type or 'compound' }} sortkey ({{ wanted if wanted is string else wanted | join(', ') }})
    {%- endif %}
{%- endmacro %}
