{#- Fails on every row in which a text column holds a payment card number (by the issuers' ranges)
    or an e-mail address. Tokens, hashes and network prefixes are none of these. -#}
{% test no_personal_data(model) %}
    {%- set patterns = [
        '(^|[^0-9A-Za-z])(4[0-9]{15}|5[1-5][0-9]{14}|2[2-7][0-9]{14}|3[47][0-9]{13}|6(011|5[0-9]{2})[0-9]{12})([^0-9A-Za-z]|$)',
        '(^|[^0-9A-Za-z])[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}([^0-9A-Za-z]|$)',
        '[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+[.][A-Za-z]{2,}',
    ] %}
    {%- set columns = [] %}
    {%- if execute %}
        {%- for column in adapter.get_columns_in_relation(model) if column.is_string() %}
            {%- do columns.append(column.name) %}
        {%- endfor %}
    {%- endif %}
    {%- for column in columns %}
    select '{{ column }}' as column_name, {{ column }} as found
    from {{ model }}
    where {% for pattern in patterns -%}
        {{ sentinel.matches_regex(column, pattern) }}{{ ' or ' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select null as column_name, null as found where 1 = 0
    {%- endfor %}
{% endtest %}
