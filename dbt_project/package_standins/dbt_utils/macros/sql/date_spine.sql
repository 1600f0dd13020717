{#- A query with one column, `date_<datepart>`: one row for each datepart from start_date on, up to
    but not including end_date. Both are SQL expressions; the warehouse counts the periods between
    them when the model is compiled. -#}
{% macro date_spine(datepart, start_date, end_date) %}

    {%- set period_count = 1 -%}
    {%- if execute -%}
        {%- set answer = run_query("select " ~ dbt.datediff(start_date, end_date, datepart)) -%}
        {%- set period_count = answer.columns[0].values()[0] | int -%}
        {%- if period_count < 1 -%}
            {{ exceptions.raise_compiler_error(
                "date_spine: no " ~ datepart ~ " lies between " ~ start_date ~ " and " ~ end_date
            ) }}
        {%- endif -%}
    {%- endif -%}
    {%- set places = range((period_count - 1) | string | length) %}

    with digits as (
        {% for digit in range(10) -%}
        select {{ digit }} as digit {{ "union all" if not loop.last }}
        {% endfor -%}
    ),

    period_numbers as (
        select
            {% for place in places -%}
            {{ "+ " if not loop.first }}place_{{ place }}.digit * {{ 10 ** place }}
            {% endfor -%}
            as period_number
        from
            {% for place in places -%}
            {{ "cross join " if not loop.first }}digits as place_{{ place }}
            {% endfor %}
    ),

    periods as (
        select {{ dbt.dateadd(datepart, "period_number", start_date) }} as date_{{ datepart }}
        from period_numbers
        where period_number < {{ period_count }}
    )

    select date_{{ datepart }}
    from periods
    where date_{{ datepart }} <= {{ end_date }}

{% endmacro %}
