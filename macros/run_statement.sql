{#- Runs a statement that answers nothing. `run_query` makes a table of the answer, whose columns' types it
    guesses: milliseconds for each statement, and a micro-batch has dozens. -#}
{% macro run_statement(sql) %}
    {%- do adapter.execute(sql, auto_begin=false, fetch=false) %}
{% endmacro %}
