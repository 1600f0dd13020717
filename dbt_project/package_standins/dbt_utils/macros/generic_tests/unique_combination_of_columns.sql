{#- Returns each combination of values that occurs more than once. Nulls equal each other. -#}
{% test unique_combination_of_columns(model, combination_of_columns, quote_columns=false) %}

    {%- set names = [] -%}
    {%- for name in combination_of_columns -%}
        {%- do names.append(adapter.quote(name) if quote_columns else name) -%}
    {%- endfor -%}
    {%- set key = names | join(", ") %}

select
    {{ key }},
    count(*) as row_count
from {{ model }}
group by {{ key }}
having count(*) > 1

{% endtest %}
